import { z } from 'zod';
import type { Permission } from './permissions.ts';

type Header = { readonly type: 'string'; readonly description: string };
export type Headers = Readonly<Record<string, Header>>;

export const header = (description: string): Header => ({ type: 'string', description });

const SERVICE = {
  'X-Service-Name': header(
    "The service that registers. Without it: the token's subject, or the orchestration's name and `-service`.",
  ),
};
const COMMAND = {
  'Idempotency-Key': header(
    'Up to 255 characters: the same request under the same key takes effect once, and is answered alike.',
  ),
  'X-Correlation-ID': header('Kept with every event that follows; the answer has it too.'),
  traceparent: header(
    'W3C Trace Context. Without an X-Correlation-ID, in a header or a body, its trace id is that; the answer has the ' +
      'span of this request.',
  ),
};
const RUN = {
  flowId: header(
    'The id of the run, a UUID: the same start under the same id takes effect once. Not with an Idempotency-Key.',
  ),
};
const WAIT = {
  Prefer: header('`wait=N`: up to N seconds, 30 at most, for what the answer should reflect.'),
};
const TAGS = {
  'If-None-Match': header('ETags that the caller has: 304 where the answer would have one of them.'),
};
const SEEN = {
  'If-Match': header('The `ETag` of the dead letter as it was seen: 412 where it has changed since.'),
};

/** Commands that are known again by their key; others are told apart by what they do, or may be repeated. */
const KEYED: ReadonlySet<Permission> = new Set<Permission>([
  ...(['orchestration:register', 'saga:start', 'saga:undo', 'saga:operate'] as const),
  ...(['replay:operate', 'deadletter:operate'] as const),
  ...(['instance:receive', 'instance:operate', 'instance:delete', 'instance:client'] as const),
]);

export type DescribedRoute = {
  readonly url: string;
  readonly method: unknown;
  readonly permission: Permission | undefined;
  /** As JSON Schema. */
  readonly query: unknown;
  /** What it answers, by status. */
  readonly answers: unknown;
};

const properties = z.object({ properties: z.record(z.string(), z.unknown()).default({}) });

/** Request headers that are read by hand, so that no schema of the route tells of them. */
export const describedHeaders = (route: DescribedRoute): Headers => ({
  ...(route.permission === 'orchestration:register' ? SERVICE : {}),
  ...(isKeyed(route) ? COMMAND : {}),
  ...(isKeyed(route) && route.permission === 'saga:start' ? RUN : {}),
  ...(mayWait(route) ? WAIT : {}),
  ...(isTagged(route.answers) ? TAGS : {}),
  ...(insistsOnLetter(route) ? SEEN : {}),
});

const insistsOnLetter = ({ url, permission }: DescribedRoute): boolean =>
  permission === 'deadletter:operate' && url.includes(':letterId');

/** Each of many instances has a key of its own, in the body. */
export const isKeyed = ({ url, method, permission }: DescribedRoute): boolean =>
  method !== 'GET' && permission !== undefined && KEYED.has(permission) && !url.endsWith('/instances/batch');

export const mayWait = ({ permission, query }: DescribedRoute): boolean =>
  permission === 'saga:start' || 'minPosition' in propertiesOf(query);

const propertiesOf = (schema: unknown) => properties.safeParse(schema).data?.properties ?? {};

/** These beside those that the route's schema has. */
export const withHeaders = (schema: unknown, more: Headers): object => ({
  type: 'object',
  properties: { ...propertiesOf(schema), ...more },
});

const tagged = z.looseObject({ 200: z.looseObject({}), 304: z.looseObject({}) });

const isTagged = (answers: unknown): boolean => tagged.safeParse(answers).success;
