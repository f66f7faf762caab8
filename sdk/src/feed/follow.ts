import { textOf } from '../http/body.ts';
import { SkaldProblem, SkaldUnreachable } from '../http/problem.ts';
import { pauseBefore } from '../http/retry.ts';
import { problemOf } from '../http/send.ts';
import { authorization } from '../http/token.ts';
import type { TokenSource } from '../http/token.ts';
import { backoffOf, jittered, later, pause } from '../system.ts';
import type { Backoff } from '../system.ts';
import { messagesOf } from './event-stream.ts';
import { frameOf } from './frames.ts';
import type { Frame } from './frames.ts';

export type FollowOptions = {
  /** Ends the feed without an error. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The pauses between attempts to connect: 200 ms to 10 s, at random, unless given. What the server asks for by
   * `retry:`, up to `mostMs`, comes before each, but for the first after the token has ended.
   */
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
/** For an answer to begin, and for a refusal. */
const ANSWER_MS = 12_000;
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
  const backoff = backoffOf(BACKOFF, options.reconnect);
  // Ends the connection also where whoever reads simply stops.
  const own = new AbortController();
  const signal = options.signal === undefined ? own.signal : AbortSignal.any([own.signal, options.signal]);
  const attempts: Attempts = { failures: 0, askedMs: 0, isRenewal: false };
  try {
    while (!signal.aborted) {
      onStart();
      yield* attempt(deps, address(), { ...options, signal }, attempts);
      const asked = attempts.isRenewal ? 0 : Math.min(backoff.mostMs, attempts.askedMs);
      const ms = pauseBefore(attempts.error, asked + jittered(attempts.failures, backoff));
      await pause(ms, signal).catch(() => undefined);
      attempts.failures += 1;
    }
  } finally {
    own.abort();
  }
}

/** How many in a row brought nothing, why the last one ended, and after how long the server wants its clients back. */
type Attempts = {
  failures: number;
  error?: unknown;
  askedMs: number;
  /** It ended with this client's token: the server has not gone away, and no others come with it. */
  isRenewal: boolean;
};

async function* attempt(
  deps: FollowDeps,
  url: URL,
  { signal, onCut }: FollowOptions & { readonly signal: AbortSignal },
  attempts: Attempts,
): AsyncGenerator<Frame> {
  attempts.error = undefined;
  attempts.isRenewal = false;
  try {
    const onRetry = (ms: number): void => void (attempts.askedMs = ms);
    for await (const frame of connection(deps, url, signal, onRetry)) {
      attempts.failures = 0;
      attempts.isRenewal = frame.type === 'reauth';
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

async function* connection(
  deps: FollowDeps,
  url: URL,
  signal: AbortSignal,
  onRetry: (ms: number) => void,
): AsyncGenerator<Frame> {
  const body = await opened(deps, url, signal);
  for await (const { data } of messagesOf(body, SILENCE_MS, onRetry)) {
    const frame = frameOf(data);
    if (frame === undefined) continue;
    throwEnd(frame);
    yield frame;
  }
}

/** @throws SkaldProblem for a refusal, SkaldUnreachable where no answer begins in time. */
const opened = async (
  deps: FollowDeps,
  url: URL,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> => {
  const over = AbortSignal.any([signal, AbortSignal.timeout(TOKEN_MS)]);
  const headers = { accept: 'text/event-stream', ...(await authorization(deps.token, over)) };
  const late = new AbortController();
  const stop = later(ANSWER_MS, () => late.abort(new SkaldUnreachable(`no answer from ${url.origin}`)));
  try {
    const both = AbortSignal.any([signal, late.signal]);
    const response = await deps.fetch(url, { headers, redirect: 'error', signal: both });
    if (!response.ok || response.body === null) throw problemOf(response, await textOf(response));
    return response.body;
  } finally {
    stop();
  }
};

/** @throws FeedEnded where the frame says that nothing more comes. */
const throwEnd = (frame: Frame): void => {
  if (frame.type === 'error') throw new FeedEnded(frame.code, frame.detail);
  if (frame.type === 'resync')
    throw new FeedEnded('resync', `the cursor is none of this log: ${frame.reason}`);
};
