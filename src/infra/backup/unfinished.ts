import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A restore into this data directory was cut off, or is under way (exit code 74). */
class RestoreUnfinished extends Error {
  override readonly name = 'RestoreUnfinished';
}

/** Where a restore puts files until all of them are there and checked. */
export const partOf = (dataDir: string): string => join(dataDir, '.restoring');

export const isUnfinished = (dataDir: string): boolean => existsSync(partOf(dataDir));

/** Before anything is made of it: of a restore there is all or nothing. @throws RestoreUnfinished */
export const assertRestored = (dataDir: string): void => {
  if (isUnfinished(dataDir))
    throw new RestoreUnfinished(
      `a restore into ${dataDir} is under way or was cut off: empty it, and restore again`,
    );
};
