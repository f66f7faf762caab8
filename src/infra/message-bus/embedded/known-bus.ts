import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../sqlite/open.ts';
import { assertLayout } from './schema.ts';

/**
 * Looks at the `bus.db` of a directory, if there is one, so that a start can be refused: later on a bus that cannot be
 * opened is only waited for.
 *
 * @throws NewerBus, UnsafeDatabase, what SQLite throws
 */
export const assertKnownBus = (dataDir: string): void => {
  const path = join(dataDir, 'bus.db');
  if (!existsSync(path)) return;
  const db = openDatabase(path);
  try {
    assertLayout(db);
  } finally {
    db.close();
  }
};
