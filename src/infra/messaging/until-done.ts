import { pause } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';

const FIRST_MS = 100;
// Whoever waits for this has waits of its own: together they must be over shortly after the other side is back.
const LONGEST_MS = 2000;

/** Pauses that double with every failure in a row, from 0.1 s to 2 s. */
export const backOffMs = (failures: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));

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
      await pause(clock, backOffMs(failures), signal);
    }
  }
  return undefined;
};
