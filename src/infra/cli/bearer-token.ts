import { readFileSync } from 'node:fs';
import { usageError } from './errors.ts';

/** The token that calls go out with; undefined: none. */
export type BearerToken = () => string | undefined;

/**
 * From a file where one is named, else the one of the environment. The file is read for every call: what renews
 * tokens there keeps a long command going. Never from an argument: those are for all on the machine to see.
 */
export const bearerToken =
  (file: string | undefined, given: string | undefined): BearerToken =>
  () =>
    file === undefined ? given : checked(textOf(file), file);

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw usageError(`the token in ${file} cannot be read`);
  }
};

const checked = (token: string, file: string): string => {
  if (/^[A-Za-z0-9._~+/=-]+$/.test(token)) return token;
  throw usageError(`${file} holds no token`);
};
