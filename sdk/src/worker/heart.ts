import type { HeartbeatOutcome } from '../generated/shapes.ts';
import { isPassing } from '../http/retry.ts';
import { elapsed, later } from '../system.ts';
import type { Beat } from './answer.ts';
import { batchesOf } from './batches.ts';
import type { Held } from './desk.ts';
import { LeaseLost } from './failure.ts';

export type HeartDeps = {
  readonly held: () => Iterable<Held>;
  readonly beat: (beats: readonly Beat[]) => Promise<readonly HeartbeatOutcome[]>;
  /** Milliseconds a lease lasts from now. */
  readonly leaseMs: () => number;
  /** Between two beats of a task; a third of the lease unless given. */
  readonly everyMs: number | undefined;
};

/** Whatever a lease is said to be. */
const LEAST_MS = 10;
/** What was said in this time is sent together. */
const PROGRESS_MS = 100;
/** Names and numbers, and the most progress there may be, each character as an escape at worst. */
const MOST_BEAT_BYTES = 800 + 4096 * 3;

/** Keeps the leases of what is held, carries progress, and tells handlers whose lease is gone. */
export const createHeart = (deps: HeartDeps) => {
  let isStopped = false;
  let stopTimer: (() => void) | undefined;
  let stopProgress: (() => void) | undefined;
  const plan = (): void => {
    stopTimer?.();
    if (!isStopped) stopTimer = later(deps.everyMs ?? Math.max(LEAST_MS, deps.leaseMs() / 3), beatAll);
  };
  const beatAll = (): void => {
    plan();
    abortLapsed(deps.held());
    void beat(deps, [...deps.held()]);
  };
  plan();
  return {
    /** Now, and from now on as often as before. */
    beatAll,
    onProgress: (): void => {
      stopProgress ??= later(PROGRESS_MS, () => {
        stopProgress = undefined;
        const dirty = [...deps.held()].filter(({ progress }) => progress !== undefined);
        if (!isStopped) void beat(deps, dirty);
      });
    },
    stop: (): void => {
      isStopped = true;
      stopTimer?.();
      stopProgress?.();
    },
  };
};

const abortLapsed = (held: Iterable<Held>): void => {
  const now = elapsed();
  for (const { leaseEnds, abort } of held) {
    if (leaseEnds <= now) abort.abort(new LeaseLost('the lease has lapsed: Skald could not be reached'));
  }
};

const beat = async (deps: HeartDeps, held: readonly Held[]): Promise<void> => {
  const items = held.map((one) => ({ item: { one, beat: beatOf(one) }, bytes: MOST_BEAT_BYTES }));
  await Promise.all(batchesOf(items).map((batch) => send(deps, batch)));
};

const beatOf = (one: Held): Beat => {
  const { on, progress } = one;
  one.progress = undefined;
  return progress === undefined ? on : { ...on, progress: progress.value };
};

type Item = { readonly one: Held; readonly beat: Beat };

/** For the next beat, unless the handler has said something since. */
const keepProgress = (batch: readonly Item[]): void => {
  for (const { one, beat } of batch) {
    if (beat.progress !== undefined) one.progress ??= { value: beat.progress };
  }
};

const send = async (deps: HeartDeps, batch: readonly Item[]): Promise<void> => {
  const leaseEnds = elapsed() + deps.leaseMs();
  const outcomes = await deps.beat(batch.map((item) => item.beat)).catch((error: unknown) => {
    if (isPassing(error, 'work')) keepProgress(batch);
    // Where none gets through, the lease lapses by itself, and the transport has said what is wrong.
    return [];
  });
  for (const [index, { outcome }] of outcomes.entries()) {
    const item = batch[index];
    if (item === undefined) continue;
    // Nobody can tell now whether it is held: the next beat asks again.
    if (outcome === 'unavailable') keepProgress([item]);
    else if (outcome === 'extended') item.one.leaseEnds = leaseEnds;
    else item.one.abort.abort(new LeaseLost('the task is not held any more'));
  }
};
