const PRIMARY = 0xff;

/** What SQLite calls an error, extended; 0 where it is not SQLite's. */
export const errcodeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode ?? 0) : 0;

/** The same without what extends it. */
export const primaryOf = (error: unknown): number => errcodeOf(error) & PRIMARY;

// Busy and full: nothing was written, and later it may be. Anything else leaves the file in doubt.
const PASSING = [5, 13];

/** Whether the same call may succeed later. */
export const isPassing = (error: unknown): boolean => PASSING.includes(primaryOf(error));

/** What an error says, to be told where the error itself cannot go. */
export const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The error, and in its message the file: SQLite does not say in which one. */
export const named = (error: unknown, path: string): unknown => {
  if (error instanceof Error) error.message = `${path}: ${error.message}`;
  return error;
};
