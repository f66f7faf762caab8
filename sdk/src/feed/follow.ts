import { SkaldProblem, SkaldUnreachable } from '../http/problem.ts';
import { pauseBefore } from '../http/retry.ts';
import { problemOf } from '../http/send.ts';
import { authorization } from '../http/token.ts';
import type { TokenSource } from '../http/token.ts';
import { jittered, pause } from '../system.ts';
import type { Backoff } from '../system.ts';
import { messagesOf } from './event-stream.ts';
import { frameOf } from './frames.ts';
import type { Frame } from './frames.ts';

export type FollowOptions = {
  /** Ends the feed without an error. */
  readonly signal?: AbortSignal | undefined;
  /** The pauses between attempts to connect: 200 ms to 10 s, at random, unless given. */
  readonly reconnect?: Partial<Backoff> | undefined;
  /** Told each time that the connection is lost, before it is made again. */
  readonly onCut?: ((error: unknown) => void) | undefined;
};

export type FollowDeps = {
  readonly base: URL;
  readonly token: TokenSource | undefined;
  readonly fetch: typeof fetch;
};

/** A feed ended because it cannot go on: `resync` (another log, or one that lost its end), `integrity`, or a refusal. */
export class FeedEnded extends Error {
  override readonly name = 'FeedEnded';
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** The server says something every 20 s. */
const SILENCE_MS = 60_000;
const TOKEN_MS = 10_000;
const BACKOFF: Backoff = { leastMs: 200, mostMs: 10_000 };
const PASSING = new Set(['internal', 'shutting_down']);
const LATER = new Set([401, 408, 429, 502, 503, 504]);
const MOST_REFUSALS = 8;

/** One connection after the other, each continuing where the last one was cut; `onStart` says that a new one begins. */
export async function* follow(
  deps: FollowDeps,
  address: () => URL,
  options: FollowOptions,
  onStart: () => void = () => undefined,
): AsyncGenerator<Frame> {
  const backoff = { ...BACKOFF, ...options.reconnect };
  // Ends the connection also where whoever reads simply stops.
  const own = new AbortController();
  const signal = options.signal === undefined ? own.signal : AbortSignal.any([own.signal, options.signal]);
  const attempts: Attempts = { failures: 0 };
  try {
    while (!signal.aborted) {
      onStart();
      yield* attempt(deps, address(), { ...options, signal }, attempts);
      const ms = pauseBefore(attempts.error, jittered(attempts.failures, backoff));
      await pause(ms, signal).catch(() => undefined);
      attempts.failures += 1;
    }
  } finally {
    own.abort();
  }
}

/** How many in a row brought nothing, and why the last one ended. */
type Attempts = { failures: number; error?: unknown };

async function* attempt(
  deps: FollowDeps,
  url: URL,
  { signal, onCut }: FollowOptions & { readonly signal: AbortSignal },
  attempts: Attempts,
): AsyncGenerator<Frame> {
  attempts.error = undefined;
  try {
    for await (const frame of connection(deps, url, signal)) {
      attempts.failures = 0;
      yield frame;
    }
    if (!signal.aborted) onCut?.(new SkaldUnreachable(`${url.origin} ended the connection`));
  } catch (error) {
    if (signal.aborted) return;
    if (isFinal(error, attempts.failures, typeof deps.token === 'function')) throw error;
    attempts.error = error;
    onCut?.(error);
  }
}

const isFinal = (error: unknown, failures: number, canRenew: boolean): boolean => {
  if (error instanceof FeedEnded) return !PASSING.has(error.code);
  if (!(error instanceof SkaldProblem)) return false;
  if (error.status === 401 && !canRenew) return true;
  return !LATER.has(error.status) || failures >= MOST_REFUSALS;
};

async function* connection(deps: FollowDeps, url: URL, signal: AbortSignal): AsyncGenerator<Frame> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(TOKEN_MS)]);
  const headers = { accept: 'text/event-stream', ...(await authorization(deps.token, over)) };
  const response = await deps.fetch(url, { headers, redirect: 'error', signal });
  if (!response.ok || response.body === null) throw problemOf(response, await response.text());
  for await (const { data } of messagesOf(response.body, SILENCE_MS)) {
    const frame = frameOf(data);
    if (frame === undefined) continue;
    throwEnd(frame);
    yield frame;
  }
}

/** @throws FeedEnded where the frame says that nothing more comes. */
const throwEnd = (frame: Frame): void => {
  if (frame.type === 'error') throw new FeedEnded(frame.code, frame.detail);
  if (frame.type === 'resync')
    throw new FeedEnded('resync', `the cursor is none of this log: ${frame.reason}`);
};
