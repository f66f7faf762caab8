import type { Clock } from '../../infra/clock/port.ts';
import { createDueTimes } from './due-times.ts';

/**
 * One armed time per key, one clock timer for all of them. `fire` is called once per armed time, never before
 * it; arming a key again replaces its time, null disarms it. Once stopped it takes no more.
 */
export const createTimers = (clock: Clock, fire: (key: string) => void) => {
  const armed = createDueTimes();
  let cancel = (): void => undefined;
  let scheduledFor = Infinity;
  let isStopped = false;

  const due = (): void => {
    scheduledFor = Infinity;
    const now = clock.now();
    for (let key = armed.takeDue(now); key !== undefined; key = armed.takeDue(now)) fire(key);
    reschedule();
  };

  // Where the earliest time is taken away, the clock's timer stays: it finds nothing due and looks for the next one.
  const reschedule = (): void => {
    const at = armed.earliest()?.at ?? Infinity;
    if (at >= scheduledFor) return;
    cancel();
    scheduledFor = at;
    cancel = clock.schedule(Math.max(0, at - clock.now()), due);
  };

  const arm = (key: string, at: number | null): void => {
    if (isStopped) return;
    if (at === null) armed.remove(key);
    else armed.set(key, at);
    reschedule();
  };

  const stop = (): void => {
    isStopped = true;
    armed.clear();
    cancel();
    scheduledFor = Infinity;
  };

  return { arm, stop, size: armed.size };
};
export type Timers = ReturnType<typeof createTimers>;
