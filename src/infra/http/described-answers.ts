import { z } from 'zod';
import { hasPast, header, isKeyed, mayWait } from './described-headers.ts';
import type { DescribedRoute, Headers } from './described-headers.ts';

const TAG = {
  ETag: header(
    'The revision. For If-None-Match here, and If-Match where a command insists on what was seen.',
  ),
};
const REPLAYED = {
  'Idempotency-Replayed': header('`true` where this is the answer to an earlier request of the same key.'),
};
const APPLIED = { 'Preference-Applied': header('The wait that was honoured, where one was preferred.') };
const LOCATION = { Location: header('Where to look how it goes on.') };
const AS_OF = {
  'Skald-As-Of-Position': header('With asOf: up to where the log counts.'),
  'Skald-As-Of-Exact': header('With asOf: `false` where more events may still get that time.'),
  'Skald-As-Of-Recorded-At': header('With a time as asOf: when the last event that counts was recorded.'),
};
const LATER = { 'Retry-After': header('Of every 429: seconds until there is room again.') };
const RETRY = { 'Retry-After': header('Of every 503: seconds to wait before the same is asked again.') };

/** Commands that make, or set off, what has an address of its own. */
const MAKING: ReadonlySet<string> = new Set([
  '/api/orchestration/execute/:orchName',
  '/api/intern/handlinger/instanser/prov-igjen/batch',
  '/api/intern-klient/handlinger/instanser/prov-igjen/batch',
  ...['', '/retries', '/retention/runs'].map((path) => `/api/v1/instances${path}`),
  ...['/redrive', '/:letterId/redrive'].map((path) => `/api/v1/dead-letters${path}`),
  ...['/rebuild', '/verify'].map((path) => `/api/v1/projections/:name${path}`),
  '/api/v1/timers/shift',
  '/api/v1/audit/checkpoints',
  '/api/v1/replay/sessions',
]);

const described = z.looseObject({});
const answersOf = z.record(z.string(), described);

/** The answers of a route with the headers that they may have. */
export const withAnswerHeaders = (answers: unknown, route: DescribedRoute): unknown => {
  const { data } = answersOf.safeParse(answers);
  if (data === undefined) return answers;
  return Object.fromEntries(
    Object.entries(data).map(([status, answer]) => [
      status,
      withHeadersOf(answer, headersOf(status, route, '304' in data)),
    ]),
  );
};

const withHeadersOf = (answer: z.infer<typeof described>, headers: Headers) =>
  Object.keys(headers).length === 0 ? answer : { ...answer, headers };

const headersOf = (status: string, route: DescribedRoute, isTagged: boolean): Headers => {
  if (status.startsWith('5')) return RETRY;
  if (status.startsWith('4')) return LATER;
  if (status === '304') return TAG;
  return status.startsWith('2') ? headersOfSuccess(route, isTagged) : {};
};

const headersOfSuccess = (route: DescribedRoute, isTagged: boolean): Headers => ({
  ...(isTagged ? TAG : {}),
  ...(isKeyed(route) && !route.url.startsWith('/api/intern') ? REPLAYED : {}),
  ...(mayWait(route) ? APPLIED : {}),
  ...(hasPast(route) ? AS_OF : {}),
  ...(route.method !== 'GET' && MAKING.has(route.url) ? LOCATION : {}),
});
