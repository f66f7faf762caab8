import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import { onceServed } from '../../src/infra/read-store/embedded/synced.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { runs } from '../support/read-documents.ts';

const [NORMAL, FULL] = [1, 2];
const levelOf = (db: DatabaseSync): unknown => db.prepare('PRAGMA synchronous').get()?.['synchronous'];
const checkpoint = '0'.repeat(40);

const opened = (...synced: readonly (typeof onceServed)[]) => {
  const { db } = openReadFile(join(freshDirectory(), 'read.db'));
  const operations = operationsOn(db, ...synced.slice(0, 1));
  operations.fill(runs, 1);
  operations.fill({ ...runs, name: 'others' }, 1);
  operations.seal({ ...runs, name: 'others' }, 1);
  const levelAfter = (...names: readonly string[]): unknown => {
    operations.write(names.map((name) => ({ slot: { name, generation: 1 }, rows: [], checkpoint })));
    return levelOf(db);
  };
  return { db, operations, levelAfter };
};

describe('a commit of read models', () => {
  it('waits for the disk, but for those of a large writer that nobody is served from yet', () => {
    const { db, operations, levelAfter } = opened(onceServed);
    expect(levelOf(db)).toBe(FULL);
    expect(levelAfter('test-runs')).toBe(NORMAL);
    expect(levelAfter('test-runs', 'others')).toBe(FULL);
    expect(levelAfter('test-runs')).toBe(NORMAL);
    operations.seal(runs, 1);
    expect(levelAfter('test-runs')).toBe(FULL);
    db.close();
  });

  it('waits for the disk always where others write', () => {
    const { db, levelAfter } = opened();
    expect(levelAfter('test-runs')).toBe(FULL);
    db.close();
  });
});
