import { pause } from '../../infra/clock/port.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';

type Deps = {
  readonly clock: Clock;
  readonly onUnreadable: (stream: string, error: unknown) => void;
  readonly onStuckCount: (count: number) => void;
};

const AGAIN_MS = 60_000;

type Erase = (event: StoredEvent) => Promise<void>;
type Stuck = { readonly event: StoredEvent; readonly failures: number };

/** Events whose erasure waits until what they are about can be read. */
export const stuckErasures = ({ clock, onUnreadable, onStuckCount }: Deps) => {
  const stuck = new Map<string, Stuck>();
  const failuresOf = (id: string): number => stuck.get(id)?.failures ?? 0;
  const add = (event: StoredEvent, error: unknown): void => {
    const failures = failuresOf(event.eventId) + 1;
    stuck.set(event.eventId, { event, failures });
    onStuckCount(stuck.size);
    if (failures === 1) onUnreadable(event.stream, error);
  };
  const tryOne = async ({ event, failures }: Stuck, erase: Erase, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    await erase(event);
    // Where it could not be read once more, it was added again meanwhile.
    if (failuresOf(event.eventId) === failures) stuck.delete(event.eventId);
    onStuckCount(stuck.size);
  };
  return {
    isEmpty: (): boolean => stuck.size === 0,
    add,
    /** Tries all of them every minute, until the signal aborts. @throws what erasing throws. */
    tryAgain: async (erase: Erase, signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        await pause(clock, AGAIN_MS, signal);
        for (const one of [...stuck.values()]) await tryOne(one, erase, signal);
      }
    },
  };
};
