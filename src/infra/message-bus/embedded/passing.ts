import { primaryOf } from '../../sqlite/errors.ts';

// Busy and full: nothing was written, and later it may be. Anything else leaves the file in doubt.
const PASSING = [5, 13];

/** Whether the same call may succeed later. */
export const isPassing = (error: unknown): boolean => PASSING.includes(primaryOf(error));
