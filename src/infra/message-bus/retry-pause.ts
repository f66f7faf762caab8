const FIRST_MS = 200;
// What a record waits for is back by itself: soon after that it is to be taken.
const LONGEST_MS = 2000;

/** How long a record rests before its next attempt; doubles with each failure in a row, from 0.2 s to 2 s. */
export const retryPauseMs = (failures: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
