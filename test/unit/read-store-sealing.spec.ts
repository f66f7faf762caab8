import { join } from 'node:path';
import { constants } from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { runs } from '../support/read-documents.ts';

const cacheOf = (db: DatabaseSync): unknown => db.prepare('PRAGMA cache_size').get()?.['cache_size'];

/** Seals, and tells the cache's size whenever an index is made. */
const sealed = (isAllowed: boolean) => {
  const { db } = openReadFile(join(freshDirectory(), 'read.db'));
  const operations = operationsOn(db);
  operations.fill(runs, 1);
  const usual = cacheOf(db);
  let cache = usual;
  const whileSorting = new Set<unknown>();
  db.setAuthorizer((action, name, value) => {
    if (action === constants.SQLITE_PRAGMA && name === 'cache_size' && value !== null) cache = Number(value);
    if (action !== constants.SQLITE_CREATE_INDEX) return constants.SQLITE_OK;
    whileSorting.add(cache);
    return isAllowed ? constants.SQLITE_OK : constants.SQLITE_DENY;
  });
  const seal = (): void => operations.seal(runs, 1);
  return { db, usual, whileSorting, seal };
};

describe('sealing a collection', () => {
  it('sorts with a small cache, and gives the connection its own back', () => {
    const { db, usual, whileSorting, seal } = sealed(true);
    seal();
    expect([...whileSorting]).toEqual([-4096]);
    expect(cacheOf(db)).toBe(usual);
    expect(usual).not.toBe(-4096);
    db.close();
  });

  it('gives it back where no index can be made', () => {
    const { db, usual, seal } = sealed(false);
    expect(seal).toThrow('not authorized');
    expect(cacheOf(db)).toBe(usual);
    db.close();
  });
});
