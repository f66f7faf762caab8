import { pause } from '../../infra/clock/port.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';

/** From this speed on no gaps are kept. */
const FULL_SPEED = 100;
/** Timers hold no more than 24 days. */
const LONGEST_MS = 3_600_000;

export type Paced = {
  /** After this long, in milliseconds … */
  readonly waitMs: number;
  /** … these go out together. */
  readonly events: readonly StoredEvent[];
};

/** Parts events into what goes out together, with the gaps that they were recorded with, divided by a speed. */
export const createPace = (speed: number | null, most: number) => {
  let last: number | undefined;
  const waitBefore = (event: StoredEvent): number => {
    const at = Date.parse(event.metadata.recordedAt);
    const gap = last === undefined ? 0 : Math.max(0, at - last);
    last = at;
    return speed === null || speed >= FULL_SPEED ? 0 : gap / speed;
  };
  return {
    part: (events: readonly StoredEvent[]): readonly Paced[] => {
      const parts: { waitMs: number; events: StoredEvent[] }[] = [];
      for (const event of events) {
        const waitMs = waitBefore(event);
        const open = parts.at(-1);
        if (open === undefined || waitMs > 0 || open.events.length >= most)
          parts.push({ waitMs, events: [event] });
        else open.events.push(event);
      }
      return parts;
    },
  };
};

/** However long that is; ends early when the signal aborts. */
export const pauseLong = async (
  clock: Pick<Clock, 'schedule'>,
  ms: number,
  signal: AbortSignal,
): Promise<void> => {
  for (let left = ms; left > 0 && !signal.aborted; left -= LONGEST_MS)
    await pause(clock, Math.min(left, LONGEST_MS), signal);
};
