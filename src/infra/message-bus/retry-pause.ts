const FIRST_MS = 200;
// Whoever waits for this has waits of its own: together they must be over shortly after the other side is back (ADR 25).
const LONGEST_MS = 2000;

/** How long a record, or a call to the bus, rests before its next attempt; doubles with each failure in a row, from 0.2 s to 2 s. */
export const retryPauseMs = (failures: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
