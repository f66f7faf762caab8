import { pause, retryPauseMs } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';

type Persistence = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onTrouble: (error: unknown) => void;
};

/** Tries until it succeeds, however long the other side is away; undefined where the signal aborts first. */
export const untilDone = async <Value>(
  { clock, signal, onTrouble }: Persistence,
  work: () => Promise<Value>,
): Promise<Value | undefined> => {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await work();
    } catch (error) {
      onTrouble(error);
      await pause(clock, retryPauseMs(failures), signal);
    }
  }
  return undefined;
};
