import type { Backoff } from '../system.ts';
import { SkaldProblem, SkaldUnreachable } from './problem.ts';
import type { Route } from './call.ts';

export type Retry = Backoff & {
  /** The first one counts. */
  readonly attempts: number;
};

export const RETRY: Retry = { attempts: 8, leastMs: 50, mostMs: 5000 };

/** The server, or something before it, asks to come back later. */
const LATER = new Set([408, 425, 429, 502, 503, 504]);

/** Whether sending the same again may help, and can do no harm. */
export const isPassing = (error: unknown, kind: Route['kind']): boolean => {
  if (kind === 'probe') return false;
  if (error instanceof SkaldUnreachable) return kind !== 'act';
  if (!(error instanceof SkaldProblem)) return false;
  // Without an idempotency key only what was certainly not carried out.
  return kind === 'act' ? error.status === 429 : LATER.has(error.status);
};

/** Whoever asks for more, by mistake, must not be rid of a worker for good. */
const MOST_ASKED_MS = 3_600_000;

/** Never earlier than the server asked for, up to an hour. */
export const pauseBefore = (error: unknown, ms: number): number =>
  error instanceof SkaldProblem && error.retryAfterMs !== undefined
    ? Math.min(MOST_ASKED_MS, error.retryAfterMs) + ms
    : ms;
