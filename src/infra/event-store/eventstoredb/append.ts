import { turnsOf, unlessLate } from '../../clock/port.ts';
import { encode } from '../embedded/encode.ts';
import type { AppendRequest } from '../embedded/protocol.ts';
import { LogDamaged, StoreUnavailable } from '../errors.ts';
import type { AppendResult, EventStore } from '../port.ts';
import type { Arrivals } from './arrivals.ts';
import type { AllReadDeps } from './read-all.ts';
import { failureOf } from './failures.ts';
import { appendMessages } from './requests.ts';
import { behind, chained, sameAs } from './append-events.ts';

export type AppendDeps = Pick<AllReadDeps, 'link' | 'clock' | 'prefix' | 'events' | 'ended'> & {
  readonly arrivals: Arrivals;
  /** Whether what is appended comes back live. */
  readonly isLive: () => boolean;
  readonly timeoutMs: number;
};

export type Appends = {
  readonly append: EventStore['append'];
  /** Refuses from the call on; resolves when everything accepted before has its result. */
  readonly drain: () => Promise<void>;
};

/** Then the client is given up for a new one. */
const SILENT_MAX = 3;
const IN_FLIGHT_MAX = 64;
const TURN_MS = 3000;
const ARRIVAL_MS = 100;
const LATER_MS = 500;

const CLOSED: AppendResult = {
  kind: 'refused',
  code: 'closed',
  detail: 'the event store is closed',
};

/**
 * The append protocol: exact revision always; whatever the server's answer does not settle is ambiguous. The
 * server's time and position come only with the events themselves, live or read back.
 */
export const appendsTo = (deps: AppendDeps): Appends => {
  const running = new Set<Promise<unknown>>();
  let isClosed = false;
  let silent = 0;
  // A server takes so many calls on one connection; what waits inside the client would use up its own deadline there.
  const turns = turnsOf(IN_FLIGHT_MAX, deps.clock);
  const bounded = async (request: AppendRequest): Promise<AppendResult> => {
    if (!(await turns.take(TURN_MS))) return ambiguous(new StoreUnavailable('too many appends are waiting'));
    const result = await inTime(deps, request).finally(turns.giveBack);
    if (result !== undefined) {
      silent = 0;
      return result;
    }
    silent += 1;
    if (silent % SILENT_MAX === 0) deps.link.recycle();
    return ambiguous(new StoreUnavailable(`no answer to an append for ${deps.timeoutMs} ms`));
  };
  return {
    append: async (stream, expected, events, metadata) => {
      if (isClosed || deps.ended() !== undefined) return CLOSED;
      if (events.length === 0) return { kind: 'ok', events: [] };
      const request = encode({ stream, expected, events, metadata });
      if ('kind' in request) return request;
      const run = bounded(request);
      running.add(run);
      return run.finally(() => running.delete(run));
    },
    drain: async () => {
      isClosed = true;
      await Promise.all(running);
    },
  };
};

/** Undefined after a silence. The client's own deadline is not enough: it begins only once there is a connection. */
const inTime = async (deps: AppendDeps, request: AppendRequest): Promise<AppendResult | undefined> => {
  let isLate = false;
  const outcome = appendOnce(deps, request, () => isLate).catch(resultOf);
  const result = await unlessLate(deps.clock, deps.timeoutMs, outcome);
  isLate = result === undefined;
  return result;
};

const appendOnce = async (
  deps: AppendDeps,
  request: AppendRequest,
  isLate: () => boolean,
): Promise<AppendResult> => {
  const { stream, expected, events } = request;
  const problem = await headProblem(deps, request);
  if (problem !== undefined) return problem;
  // The caller has its answer: what is not sent yet need not be.
  if (isLate()) return ambiguous(undefined);
  const coming = deps.arrivals.expect(stream, expected.revision + 1, events.length);
  try {
    const isWritten = await sent(deps, request);
    const arrived = isWritten && deps.isLive() ? await coming.within(ARRIVAL_MS) : undefined;
    const stored = sameAs(request, arrived) ?? sameAs(request, await behind(deps.events, request));
    if (stored !== undefined) return { kind: 'ok', events: stored };
    return isWritten ? await missing(deps, request) : CONFLICT;
  } finally {
    coming.cancel();
  }
};

/** The server compares revisions only: whether the caller's head is the stream's is seen by its hash. */
const headProblem = async (
  { events }: AppendDeps,
  { stream, expected: { revision, hash } }: AppendRequest,
): Promise<AppendResult | undefined> => {
  const stored = await events.hashAt(stream, revision);
  if (stored === undefined) return CONFLICT;
  if (stored === hash) return undefined;
  return integrity(`${stream} has another hash at revision ${revision} than the expected one`);
};

/** Whether the server took it, now or before; false where the stream's head is another one. */
const sent = async (deps: AppendDeps, request: AppendRequest): Promise<boolean> => {
  const { stream, expected } = request;
  const messages = appendMessages(deps.prefix + stream, expected.revision, chained(request));
  try {
    // Our own timer comes first; this one only ends the call.
    const response = await deps.link.append(messages, deps.timeoutMs + LATER_MS);
    return !response.hasWrongExpectedVersion();
  } catch (error) {
    if (failureOf(error) !== 'wrong_version') throw error;
    return false;
  }
};

const CONFLICT: AppendResult = { kind: 'conflict' };

/** The server took the append: because it had these ids, with other types, or because the stream was deleted once. */
const missing = async (
  { events }: AppendDeps,
  { stream, expected }: AppendRequest,
): Promise<AppendResult> => {
  const { events: found } = await events.from(stream, expected.revision + 1, 1);
  return found.length > 0 ? CONFLICT : integrity(`${stream} does not continue where it should`);
};

const resultOf = (error: unknown): AppendResult => {
  if (error instanceof LogDamaged) return integrity(error.message);
  const failure = failureOf(error);
  if (failure === 'stream_deleted') return integrity('the stream was deleted');
  if (failure === 'append_too_large')
    return { kind: 'refused', code: 'too_large', detail: 'the server takes no append of this size' };
  // A missing right as well: nothing was written, but once an operator mends it the same append succeeds.
  return ambiguous(error);
};

const ambiguous = (cause: unknown): AppendResult => ({ kind: 'ambiguous', cause });

const integrity = (detail: string): AppendResult => ({ kind: 'refused', code: 'integrity', detail });
