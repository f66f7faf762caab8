import { errcodeOf, primaryOf } from '../../sqlite/errors.ts';

const IOERR = 10;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const CONSTRAINT_UNIQUE = 2067;

/** The content of the file is wrong: it is derived, so another one can take its place. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

export const isDamage = (error: unknown): boolean =>
  error instanceof DamagedFile || [CORRUPT, NOT_A_DATABASE].includes(primaryOf(error));

/** Two rows are equal in what a unique index is over. */
export const isRepetition = (error: unknown): boolean => errcodeOf(error) === CONSTRAINT_UNIQUE;

/** Nobody knows any more what the file holds: the thread that met it must end. */
export const isFatal = (error: unknown): boolean => isDamage(error) || primaryOf(error) === IOERR;
