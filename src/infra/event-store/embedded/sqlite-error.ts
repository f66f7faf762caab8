import { primaryOf } from '../../sqlite/errors.ts';

/** What a failed write means for the caller. */
export type WriteFailure = 'full' | 'busy' | 'fatal';

const BUSY = 5;
const FULL = 13;

/** What is left to do after a write that failed: `full` and `busy` pass, after anything else the file cannot be trusted. */
export const writeFailureOf = (error: unknown): WriteFailure => {
  const code = primaryOf(error);
  if (code === FULL) return 'full';
  return code === BUSY ? 'busy' : 'fatal';
};
