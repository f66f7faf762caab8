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
    file === undefined ? given && checked(given.trim(), 'SKALD_TOKEN') : checked(textOf(file), file);

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw usageError(`the token in ${file} cannot be read`);
  }
};

// What is no header's value would be shown in the error of whoever sends it.
const checked = (token: string, source: string): string => {
  if (/^[A-Za-z0-9._~+/=-]+$/.test(token)) return token;
  throw usageError(`${source} holds no token`);
};
