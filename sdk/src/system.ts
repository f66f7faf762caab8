import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';

/** What the SDK takes from the machine: time, chance and ids. All times are in milliseconds. */

/** Rises evenly, whatever happens to the clock on the wall. */
export const elapsed = (): number => performance.now();

/** By the clock on the wall, since 1970: for times that others name. */
export const wallClock = (): number => Date.now();

/** What a timer can count to: it takes more for nothing. */
export const MOST_MS = 2 ** 31 - 1;

/** Rejects with the signal's reason when it aborts first. No longer than a timer can count to. */
export const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  try {
    await after(Math.min(ms, MOST_MS), undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};

/** Calls `task` once; the answer takes it back. Does not keep the process alive. */
export const later = (ms: number, task: () => void): (() => void) => {
  const timer = setTimeout(task, Math.min(ms, MOST_MS)).unref();
  return () => clearTimeout(timer);
};

/** Somewhere between nothing and a ceiling that doubles with each attempt: clients that failed together come back apart. */
export const jittered = (attempt: number, { leastMs, mostMs }: Backoff): number =>
  leastMs + Math.random() * Math.min(mostMs, leastMs * 2 ** Math.min(attempt, 30));

export type Backoff = { readonly leastMs: number; readonly mostMs: number };

/** What a timer takes for what it is: of anything else it makes a millisecond. */
export const isTime = (value: unknown): boolean =>
  typeof value === 'number' && value >= 1 && value <= MOST_MS;

/**
 * With what was chosen in its place.
 * @throws RangeError for pauses that are none: whoever waits so would ask without end.
 */
export const backoffOf = (usual: Backoff, chosen: Partial<Backoff> | undefined): Backoff => {
  const { leastMs = usual.leastMs, mostMs = usual.mostMs } = chosen ?? {};
  if (isTime(leastMs) && isTime(mostMs)) return { leastMs, mostMs };
  throw new RangeError(`leastMs and mostMs of reconnect must be 1 to ${MOST_MS}`);
};

/** A version 7 UUID: those made later sort later. */
export const newKey = (): string => {
  const time = wallClock().toString(16).padStart(12, '0');
  const [, , , variant = ''] = randomUUID().split('-');
  const random = randomBytes(8).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}-${random.slice(3, 15)}`;
};
