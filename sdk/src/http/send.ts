import { elapsed, jittered, MOST_MS, pause, wallClock } from '../system.ts';
import { textOf } from './body.ts';
import type { CallOptions, Input, Route, Send } from './call.ts';
import { SkaldProblem, SkaldUnreachable } from './problem.ts';
import { prepared } from './request.ts';
import type { Prepared } from './request.ts';
import { isPassing, pauseBefore } from './retry.ts';
import type { Retry } from './retry.ts';
import { authorization } from './token.ts';
import type { TokenSource } from './token.ts';

export type SendDeps = {
  readonly base: URL;
  readonly token: TokenSource | undefined;
  readonly fetch: typeof fetch;
  readonly retry: Retry;
};

const DEADLINE_MS = 30_000;
/** A connection that has fallen silent must not use up the whole deadline. */
const ATTEMPT_MS = 12_000;

/**
 * @throws SkaldProblem for a refusal, SkaldUnreachable where no answer came in time; both only after the retries.
 * RangeError for a time that is none.
 */
export const sender =
  (deps: SendDeps): Send =>
  async <Answer>(route: Route, input: Input, options: CallOptions = {}) => {
    const { signal, deadlineMs = DEADLINE_MS, waitSeconds = 0 } = options;
    for (const [name, value] of Object.entries({ deadlineMs, waitSeconds }))
      if (!isNumber(value)) throw new RangeError(`${name} must be a number`);
    const waitMs = waitSeconds * 1000;
    const call: Call = {
      ...{ deps, route, signal, request: prepared(deps.base, route, input, options) },
      ends: elapsed() + deadlineMs + waitMs,
      // Who works knows how long a poll may take.
      mostMs: route.kind === 'work' ? Infinity : ATTEMPT_MS + waitMs,
    };
    // What the server answers is what its description says: a test compares them.
    return (await answered(call)) as Answer;
  };

const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);

type Call = {
  readonly deps: SendDeps;
  readonly route: Route;
  readonly request: Prepared;
  readonly signal: AbortSignal | undefined;
  /** By `elapsed`. */
  readonly ends: number;
  /** For one attempt. */
  readonly mostMs: number;
};

const answered = async (call: Call): Promise<unknown> => {
  const { signal, ends } = call;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await attempted(call);
    } catch (error) {
      signal?.throwIfAborted();
      const ms = pauseAfter(error, attempt, call);
      if (ms === undefined || elapsed() + ms >= ends) throw error;
      await pause(ms, signal);
    }
  }
};

/** Undefined where it is not to be tried again. */
const pauseAfter = (error: unknown, attempt: number, { deps, route }: Call): number | undefined => {
  if (!isPassing(error, route.kind) || attempt + 1 >= deps.retry.attempts) return undefined;
  return pauseBefore(error, jittered(attempt, deps.retry));
};

/** A token may have ended since it was made: it is asked for again, once. */
const attempted = async (call: Call): Promise<unknown> => {
  try {
    return await sentOnce(call);
  } catch (error) {
    const canRenew = typeof call.deps.token === 'function';
    if (!canRenew || !(error instanceof SkaldProblem) || error.status !== 401) throw error;
    return sentOnce(call);
  }
};

const sentOnce = async ({ deps, request, signal, ends, mostMs }: Call): Promise<unknown> => {
  const { url, init } = request;
  const limitMs = Math.min(ends - elapsed(), mostMs);
  const limit = AbortSignal.timeout(Math.min(MOST_MS, Math.max(1, Math.ceil(limitMs))));
  const over = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const shown = await authorization(deps.token, over);
  try {
    const response = await deps.fetch(url, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init.headers)), ...shown },
      // A token goes to the server it is meant for, and nowhere else.
      redirect: 'error',
      signal: over,
    });
    return await answerOf(response);
  } catch (error) {
    if (error instanceof SkaldProblem || error instanceof SkaldUnreachable) throw error;
    const what = error instanceof SyntaxError ? 'an answer that is no JSON' : 'no answer';
    throw new SkaldUnreachable(`${what} from ${url.origin}`, { cause: error });
  }
};

const answerOf = async (response: Response): Promise<unknown> => {
  const text = await textOf(response);
  if (!response.ok) throw problemOf(response, text);
  const answer: unknown = JSON.parse(text);
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer;
  throw new SkaldUnreachable(`an answer that is none of Skald's from ${response.url}`);
};

/** The refusal that a response is. */
export const problemOf = (response: Response, text: string): SkaldProblem =>
  new SkaldProblem(response.status, parsed(text), retryAfterMs(response.headers.get('retry-after')));

/** What its JSON says, else the text itself. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** In milliseconds. */
export const retryAfterMs = (header: string | null | undefined): number | undefined => {
  if (header === null || header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - wallClock());
};
