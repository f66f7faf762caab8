import { closeSync, existsSync, openSync } from 'node:fs';

/**
 * Makes an empty file that only its owner may read, unless there is one: SQLite would make it for all to read, and gives
 * what it puts beside a file the same mode. @throws what the disk throws.
 */
export const makeFile = (path: string): void => {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
};
