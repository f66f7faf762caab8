import { z } from 'zod';
import { flowId } from '../../commands/saga/inputs.ts';
import { serviceName } from '../../domain/names.ts';
import { IDEMPOTENCY_KEY } from './call-context.ts';
import { STRONG_TAG } from './if-match.ts';
import type { Permission } from './permissions.ts';

type Form = { readonly format?: string | undefined; readonly pattern?: string | undefined };
type Header = Form & { readonly type: 'string'; readonly description: string };
export type Headers = Readonly<Record<string, Header>>;

export const header = (description: string, form: Form = {}): Header => ({
  type: 'string',
  description,
  ...form,
});

const form = z.object({ format: z.string().optional(), pattern: z.string() });
const formOf = (schema: z.ZodType): Form => form.parse(z.toJSONSchema(schema, { io: 'input' }));

const SERVICE = {
  'X-Service-Name': header(
    "The service that registers. Without it: the token's subject, or the orchestration's name and `-service`.",
    formOf(serviceName),
  ),
};
const COMMAND = {
  'Idempotency-Key': header(
    'Up to 255 characters: the same request under the same key takes effect once, and is answered alike.',
    { pattern: IDEMPOTENCY_KEY.source },
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
    formOf(flowId),
  ),
};
const WAIT = {
  Prefer: header('`wait=N`: up to N seconds, 30 at most, for what the answer should reflect.'),
};
const TAGS = {
  'If-None-Match': header('ETags that the caller has: 304 where the answer would have one of them.'),
};
const SEEN = {
  'If-Match': header(
    'The `ETag` of the dead letter as it was seen, or `*`: 412 where it has changed since.',
    {
      pattern: String.raw`^\*$|${STRONG_TAG.source}`,
    },
  ),
};
const INSISTED = {
  'If-Match': header(
    'The `ETag` of the run as it was seen: 412 where it has changed since, 428 without it.',
    {
      pattern: STRONG_TAG.source,
    },
  ),
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
export const describedHeaders = (route: DescribedRoute): Headers => {
  const isCommand = isKeyed(route);
  return {
    ...(route.permission === 'orchestration:register' ? SERVICE : {}),
    ...(isCommand ? COMMAND : {}),
    ...(isCommand && route.permission === 'saga:start' ? RUN : {}),
    ...(mayWait(route) ? WAIT : {}),
    ...conditionsOf(route),
  };
};

const conditionsOf = (route: DescribedRoute): Headers => ({
  ...(isTagged(route.answers) ? TAGS : {}),
  ...(insistsOnLetter(route) ? SEEN : {}),
  ...(insistsOnRun(route) ? INSISTED : {}),
});

/** Those of them that a request is refused without. */
export const requiredHeaders = (route: DescribedRoute): readonly string[] =>
  insistsOnRun(route) ? Object.keys(INSISTED) : [];

const insistsOnRun = ({ url }: DescribedRoute): boolean => url.startsWith('/api/v1/timers/:flowId/');

const insistsOnLetter = ({ url, permission }: DescribedRoute): boolean =>
  permission === 'deadletter:operate' && url.includes(':letterId');

/** Each of many instances has a key of its own, in the body. */
export const isKeyed = ({ url, method, permission }: DescribedRoute): boolean =>
  method !== 'GET' && permission !== undefined && KEYED.has(permission) && !url.endsWith('/instances/batch');

export const mayWait = ({ permission, query }: DescribedRoute): boolean =>
  permission === 'saga:start' || 'minPosition' in propertiesOf(query);

export const hasPast = ({ query }: DescribedRoute): boolean => 'asOf' in propertiesOf(query);

const propertiesOf = (schema: unknown) => properties.safeParse(schema).data?.properties ?? {};

/** These beside those that the route's schema has. */
export const withHeaders = (schema: unknown, more: Headers, required: readonly string[]): object => ({
  type: 'object',
  properties: { ...propertiesOf(schema), ...more },
  required,
});

const tagged = z.looseObject({ 200: z.looseObject({}), 304: z.looseObject({}) });

const isTagged = (answers: unknown): boolean => tagged.safeParse(answers).success;
