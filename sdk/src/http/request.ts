import { encoded, isBytes } from '../payload.ts';
import { newKey } from '../system.ts';
import { addressOf } from './address.ts';
import type { CallOptions, Input, Route } from './call.ts';

export type Prepared = { readonly url: URL; readonly init: RequestInit };

/**
 * A call as a request. It is made once for all its attempts, so that each of them has the same idempotency key.
 * @throws TypeError where a part of the path is missing, or none.
 */
export const prepared = (base: URL, route: Route, input: Input, options: CallOptions): Prepared => {
  const inPath = new Set<string>();
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name);
    return segmentOf(name, input[name]);
  });
  const url = addressOf(base, path);
  for (const [name, value] of Object.entries(withCursor(route, input))) {
    if (name === 'body' || inPath.has(name) || value === undefined) continue;
    url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const headers = headersOf(route, options);
  return { url, init: { method: route.method, ...withBody(route, input['body'], headers) } };
};

/** With the cursor of a page under the name that the route has for it. */
const withCursor = ({ cursorIn }: Route, { cursor, ...rest }: Input): Input =>
  cursor === undefined ? rest : { ...rest, [cursorIn ?? 'cursor']: cursor };

const segmentOf = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} is missing`);
  // An address takes them for steps of its own: it would be another call.
  if (value === '.' || value === '..') throw new TypeError(`${name} cannot be ${value}`);
  return encodeURIComponent(value);
};

const headersOf = (
  { kind }: Route,
  { headers, idempotencyKey, waitSeconds, correlationId, traceparent }: CallOptions,
): Readonly<Record<string, string>> => ({
  accept: 'application/json',
  ...(kind === 'command' ? { 'idempotency-key': idempotencyKey ?? newKey() } : {}),
  ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
  ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
  ...(traceparent === undefined ? {} : { traceparent }),
  // Names as they are spelt here: another spelling of one would be sent beside it, not in its place.
  ...Object.fromEntries(new Headers(headers)),
});

const withBody = (
  { method }: Route,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Pick<RequestInit, 'headers' | 'body'> => {
  if (method === 'GET' || body === undefined) return { headers };
  const type = isBytes(body) ? 'application/octet-stream' : 'application/json';
  return { headers: { 'content-type': type, ...headers }, body: encoded(body) };
};
