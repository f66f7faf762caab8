import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const texts = z.array(z.string());
const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);

/** What the tests look at in a service; the rest is judged by the schema of Compose. */
const service = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  command: texts.optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  healthcheck: z.object({ test: texts.optional(), disable: z.boolean().optional() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition })).default({}),
  ports: texts.default([]),
  networks: texts.default([]),
  volumes: texts.default([]),
  restart: z.string(),
  read_only: z.boolean().default(false),
  cap_drop: texts.default([]),
  security_opt: texts.default([]),
  stop_grace_period: z.string(),
});
export type ComposeService = z.output<typeof service>;

const file = z.looseObject({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
});

export const COMPOSE_FILE = new URL('../../docker-compose.yml', import.meta.url);

/** docker-compose.yml with its anchors and merges resolved, as Compose reads it. */
export const composeDocument = (): unknown => parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true });

export const composeServices = (): ReadonlyMap<string, ComposeService> =>
  new Map(Object.entries(file.parse(composeDocument()).services));

export const composeNetworks = () => file.parse(composeDocument()).networks;

/** Services that are Skald itself. */
export const skaldServices = (): readonly ComposeService[] =>
  [...composeServices().values()].filter((one) => 'ROLES' in one.environment);
