import { baseOf } from '../http/address.ts';
import type { TokenSource } from '../http/token.ts';
import { backoffOf } from '../system.ts';
import type { Backoff } from '../system.ts';
import { failureOf } from './failure.ts';
import { checkGiven } from './given.ts';
import type { Orchestrations } from './registration.ts';
import type { Steps } from './step.ts';

export type WorkerOptions = {
  /** The name of the service; with tokens, their subject. */
  readonly service: string;
  /** Where Skald serves, like `http://127.0.0.1:8080`. */
  readonly url: string | URL;
  /**
   * One or several that all the steps are done for, or the steps done for each: `{ tenant: ['createRealm'] }`. All
   * whose definitions name some of the steps unless given, also those that appear later.
   */
  readonly orchestrations?: Orchestrations | undefined;
  readonly steps: Steps;
  /** Tasks worked on at once, 1 to 1,000; 10 unless given. */
  readonly concurrency?: number | undefined;
  /** `stream` (a WebSocket) unless given; `poll` where only plain requests get through. */
  readonly transport?: 'stream' | 'poll' | undefined;
  /** A bearer token. */
  readonly token?: string | undefined;
  /** Asked for a token whenever one is needed. Wins over `token`. */
  readonly tokenProvider?: (() => string | Promise<string>) | undefined;
  /** Milliseconds between heartbeats; a third of the lease unless given. */
  readonly heartbeatMs?: number | undefined;
  /** Milliseconds between looks for orchestrations, where none are named; 30,000 unless given. */
  readonly lookMs?: number | undefined;
  /** The pauses between attempts to connect: 100 ms to 10 s, at random, unless given. */
  readonly reconnect?: Partial<Backoff> | undefined;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Told what went wrong and is tried again, or had no effect; a line on standard error unless given, and of what it throws. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
};

export type Settings = {
  readonly base: URL;
  readonly token: TokenSource | undefined;
  readonly concurrency: number;
  readonly backoff: Backoff;
  readonly lookMs: number;
  readonly onTrouble: (error: unknown) => void;
};

const BACKOFF: Backoff = { leastMs: 100, mostMs: 10_000 };
const LOOK_MS = 30_000;
const MOST_AT_ONCE = 1000;

/** @throws TypeError or RangeError for options that cannot work. */
export const settingsOf = (options: WorkerOptions): Settings => {
  const { concurrency = 10, lookMs = LOOK_MS, onTrouble = warn } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST_AT_ONCE)
    throw new RangeError(`concurrency must be 1 to ${MOST_AT_ONCE}`);
  checkGiven(options);
  return {
    base: baseOf(options.url),
    token: options.tokenProvider ?? options.token,
    concurrency,
    lookMs,
    backoff: backoffOf(BACKOFF, options.reconnect),
    onTrouble: guarded(onTrouble),
  };
};

/** A listener that fails itself, at once or later, ends nothing: it is called where nobody could hear of it. */
const guarded =
  (listener: (error: unknown) => unknown) =>
  (error: unknown): void => {
    new Promise((resolve) => {
      resolve(listener(error));
    }).catch(warn);
  };

/** What is behind all: that nobody could be reached says less than that the connection was refused. */
const reasonOf = ({ cause }: Error): string => {
  if (!(cause instanceof Error)) return '';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return reasonOf(cause) || ` (${code})`;
};

const warn = (error: unknown): void => {
  console.warn(
    'skald worker:',
    error instanceof Error ? `${error.name}: ${error.message}${reasonOf(error)}` : failureOf(error).error,
  );
};
