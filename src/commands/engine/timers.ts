import TinyQueue from 'tinyqueue';
import type { Clock } from '../../infra/clock/port.ts';

type Entry = { readonly key: string; readonly at: number };

/**
 * One armed time per key, one clock timer for all of them. `fire` is called once per armed time, never before
 * it; arming a key again replaces its time, null disarms it.
 */
export const createTimers = (clock: Clock, fire: (key: string) => void) => {
  const armed = new Map<string, number>();
  const queue = new TinyQueue<Entry>([], (a, b) => a.at - b.at);
  let cancel: (() => void) | undefined;
  let scheduledFor = Infinity;

  const isStale = ({ key, at }: Entry): boolean => armed.get(key) !== at;

  const due = (): void => {
    scheduledFor = Infinity;
    const now = clock.now();
    for (let next = queue.peek(); next !== undefined && next.at <= now; next = queue.peek()) {
      queue.pop();
      if (isStale(next)) continue;
      armed.delete(next.key);
      fire(next.key);
    }
    reschedule();
  };

  const reschedule = (): void => {
    for (let next = queue.peek(); next !== undefined && isStale(next); next = queue.peek()) queue.pop();
    const at = queue.peek()?.at ?? Infinity;
    if (at === scheduledFor) return;
    cancel?.();
    scheduledFor = at;
    cancel = at === Infinity ? undefined : clock.schedule(Math.max(0, at - clock.now()), due);
  };

  return {
    arm: (key: string, at: number | null): void => {
      if (at === null) armed.delete(key);
      else if (armed.get(key) !== at) {
        armed.set(key, at);
        queue.push({ key, at });
      }
      reschedule();
    },
    size: (): number => armed.size,
    stop: (): void => {
      armed.clear();
      reschedule();
    },
  };
};
export type Timers = ReturnType<typeof createTimers>;
