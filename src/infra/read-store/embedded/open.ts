import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadStore } from '../port.ts';
import { operationsOn } from './connection-operations.ts';
import { perform } from '../operations.ts';
import type { Recreated } from './read-file.ts';
import { openReadFile } from './read-file.ts';
import { storeOver } from '../store-over.ts';

export type OpenReadStoreOptions = {
  /** Directory of `read.db`; made where it is missing. */
  readonly dataDir: string;
  /** Told before this returns when the file starts empty: all has to be folded again. */
  readonly onRecreated?: (reason: Recreated) => void;
};

/**
 * The read store in the calling thread, which every call blocks until the disk has answered: for a thread that
 * does nothing else, as a projector. Beside an `embeddedReadStore` of the same directory, open that one first: it
 * alone replaces a damaged file, this one throws the engine's error. Writers take turns, up to 5 s each.
 */
export const openReadStore = ({ dataDir, onRecreated }: OpenReadStoreOptions): ReadStore => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { db, recreated } = openReadFile(join(dataDir, 'read.db'));
  if (recreated !== undefined) onRecreated?.(recreated);
  const operations = operationsOn(db);
  return storeOver(
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws becomes a rejection
    async (call) => perform(operations, call),
    () => {
      if (db.isOpen) db.close();
      return Promise.resolve();
    },
  );
};
