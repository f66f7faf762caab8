// The server of bench/feeds.ts: a log, feeds over it, and appends at a steady rate once it is told to.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { systemClock, systemRandom } from '../src/infra/clock/system.ts';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import type { EventStore } from '../src/infra/event-store/port.ts';
import { NO_STREAM } from '../src/infra/event-store/port.ts';
import { createFeed } from '../src/infra/feed/feed.ts';
import { loopbackOnly } from '../src/infra/http/auth.ts';
import { cursorCodec } from '../src/infra/http/cursor.ts';
import { takeWebSockets } from '../src/infra/http/socket/plugin.ts';
import { feedRoutes } from '../src/infra/http/routes/feed.ts';
import type { App } from '../src/infra/http/typed-app.ts';
import { tuneCollector } from '../src/infra/process/collector.ts';
import { latenciesOf, wallMs } from './support/latencies.ts';
import { atRate } from './support/paced.ts';

const order = z.strictObject({
  rate: z.number(),
  warmUp: z.number(),
  seconds: z.number(),
  bytes: z.number(),
});
const actor = { kind: 'service', id: 'billing', source: 'http' } as const;

const appendOne = async (store: EventStore, bytes: number): Promise<number> => {
  const sentAt = wallMs();
  const commandId = randomUUID();
  const data = { sentAt, filler: 'x'.repeat(bytes) };
  const event = { eventId: randomUUID(), type: 'StepSucceeded', schemaVersion: '1.0', data };
  const metadata = { commandId, causationId: commandId, correlationId: commandId, actor };
  const result = await store.append(`saga-${randomUUID()}`, NO_STREAM, [event], metadata);
  if (result.kind !== 'ok') throw new Error(`an append ended in ${result.kind}`);
  return wallMs() - sentAt;
};

/** One event an append, whether or not the ones before are acknowledged; how long each took. */
const appendAtRate = async (
  store: EventStore,
  { rate, seconds, bytes }: Omit<z.output<typeof order>, 'warmUp'>,
): Promise<number[]> => {
  const appends: Promise<number>[] = [];
  await atRate(rate, seconds, (due) => {
    for (let index = 0; index < due; index += 1) appends.push(appendOne(store, bytes));
  });
  return Promise.all(appends);
};

const serve = async (store: EventStore): Promise<number> => {
  const app: App = Fastify().withTypeProvider<ZodTypeProvider>();
  const clock = systemClock();
  const cursor = cursorCodec({ logId: store.logId, key: Buffer.alloc(32, 1) });
  const feed = createFeed({ store, cursor, clock, onTrouble: console.error });
  app.setValidatorCompiler(() => (value: unknown) => ({ value }));
  app.setSerializerCompiler(() => JSON.stringify);
  await takeWebSockets(app, clock.schedule);
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    request.caller = await loopbackOnly.identify(request);
  });
  const access = { auth: loopbackOnly, ownerOfStream: () => Promise.resolve(undefined) };
  feedRoutes(app, { feed, clock, random: systemRandom(), drain: new AbortController().signal, ...access });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
};

tuneCollector();
const dataDir = mkdtempSync(join(tmpdir(), 'skald-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true }));
process.on('SIGTERM', () => process.exit());
const store = await embeddedEventStore({ dataDir });
const ordered = once(process, 'message');
process.send?.({ kind: 'listening', port: await serve(store) });
const messages: unknown[] = await ordered;
const { warmUp, ...ordering } = order.parse(messages[0]);
await appendAtRate(store, { ...ordering, seconds: warmUp });
const rssBefore = process.memoryUsage.rss();
let rssMax = rssBefore;
const sampling = setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), 100);
const cpuBefore = process.cpuUsage();
const start = performance.now();
const latencies = await appendAtRate(store, ordering);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
clearInterval(sampling);
process.send?.({
  kind: 'done',
  events: latencies.length,
  seconds,
  cpuSeconds: (user + system) / 1e6,
  append: latenciesOf(latencies),
  rssBefore,
  rssMax,
});
