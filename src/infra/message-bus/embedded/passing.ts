const PRIMARY = 0xff;
// Busy and full: nothing was written, and later it may be. Anything else leaves the file in doubt.
const PASSING = [5, 13];

/** Whether the same call may succeed later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && PASSING.includes(Number(error.errcode) & PRIMARY);
