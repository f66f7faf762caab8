import { client } from '../client.ts';
import type { Client } from '../client.ts';
import { assembled } from './assembled.ts';
import { discovered } from './discovery.ts';
import { settingsOf } from './options.ts';
import type { Settings, WorkerOptions } from './options.ts';
import { register } from './registration.ts';
import { atMost, stopGently, stopNow } from './stop.ts';

export type Worker = {
  /**
   * Takes no more tasks, finishes and answers what is held, then disconnects. After `timeoutMs` (30,000 unless
   * given) handlers are aborted, and what they held goes to another worker once its lease lapses. Called again, it
   * can only make the time shorter.
   */
  readonly stop: (options?: { readonly timeoutMs?: number }) => Promise<void>;
  /** Resolves when the worker has stopped; rejects when it had to, because Skald refuses it. */
  readonly ended: Promise<void>;
};

/**
 * Registers a service as the worker of its steps and works on their tasks until it is stopped. Resolves once it is
 * registered, without `orchestrations` once it has looked for them; a Skald that is not there yet is waited for. Lost
 * connections are made again. Every task is done at least once: use `effectId` where twice would be once too often.
 * @throws SkaldProblem for a registration that is refused, TypeError or RangeError for options that cannot work.
 */
export const worker = async (options: WorkerOptions): Promise<Worker> => {
  const settings = settingsOf(options);
  const skald = client({ ...options, retry: { attempts: 1 } });
  const { onTrouble, backoff } = settings;
  const steps = Object.keys(options.steps);
  const { service, signal, orchestrations } = options;
  const deps = { skald, service, backoff, onTrouble };
  if (orchestrations === undefined)
    return start(options, settings, skald, await discovered(deps, steps, settings.lookMs, signal));
  await register({ ...deps, signal }, orchestrations, steps);
  return start(options, settings, skald);
};

const STOP_MS = 30_000;

const start = (
  options: WorkerOptions,
  settings: Settings,
  skald: Client,
  keepLooking: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Worker => {
  const parts = assembled(options, settings, skald);
  const looking = new AbortController();
  const hurry = new AbortController();
  let stopping: Promise<void> | undefined;
  let hasFailed = false;
  const ended = new Promise<void>((resolve, reject) => {
    parts.onFatal = (error) => {
      hasFailed = true;
      looking.abort();
      stopping ??= stopNow(parts);
      void stopping.then(() => reject(toError(error)));
    };
    parts.onStopped = () => {
      if (!hasFailed) resolve();
    };
  });
  // Whoever does not look at it is told all the same.
  ended.catch(settings.onTrouble);
  void keepLooking(looking.signal);
  return {
    ended,
    stop: async ({ timeoutMs } = {}) => {
      looking.abort();
      const limitMs = timeoutMs ?? (stopping === undefined ? STOP_MS : Infinity);
      stopping ??= stopGently(parts, hurry.signal);
      await atMost(limitMs, stopping);
      hurry.abort();
      await stopping;
      parts.onStopped();
    },
  };
};

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
