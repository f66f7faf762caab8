import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { embeddedReadStore } from '../../src/infra/read-store/embedded/embedded.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import { isSpoilt } from '../../src/infra/read-store/embedded/read-file.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { document, everything, goLive, put, runs } from '../support/read-documents.ts';

const slot = { name: runs.name, generation: 1 };
const PAGE = 8192;

const PADDING = `CREATE TABLE padding (x); INSERT INTO padding VALUES (zeroblob(34e6)); PRAGMA wal_checkpoint(TRUNCATE)`;

/** A file larger than what a start checks, with documents in it whose first page is lost. */
const spoilt = async (): Promise<string> => {
  const dataDir = freshDirectory();
  const store = await embeddedReadStore({ dataDir });
  await goLive(store, runs);
  await put(store, slot, ...Array.from({ length: 500 }, (_, index) => document(String(index), 1, {})));
  await store.close();
  const path = join(dataDir, 'read.db');
  const db = new DatabaseSync(path);
  db.exec(PADDING);
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'documents_1'").get();
  db.close();
  const page = Number(root?.['rootpage']);
  const bytes = readFileSync(path);
  bytes.fill(0x5a, (page - 1) * PAGE, page * PAGE);
  writeFileSync(path, bytes);
  return dataDir;
};

/** Why the file was begun anew, and whether it works. */
const opened = async (dataDir: string): Promise<readonly string[]> => {
  const reasons: string[] = [];
  const store = await embeddedReadStore({ dataDir, onRecreated: (reason) => reasons.push(reason) });
  if (reasons.length > 0) await goLive(store, runs);
  await put(store, slot, document('a', 1, {}));
  expect((await everything(store, slot)).map(({ id }) => id)).toEqual(['a']);
  await store.close();
  return reasons;
};

describe('damage in a file that is too large to be checked at a start', () => {
  it.each([
    ['queries', (dataDir: string) => embeddedReadStore({ dataDir })],
    ['the projector', (dataDir: string) => Promise.resolve(openReadStore({ dataDir }))],
    ['large writes', (dataDir: string) => Promise.resolve(openReadStore({ dataDir, largeWrite: 1 }))],
  ])('once met by %s has the next start begin the file anew, one time', async (_, open) => {
    const dataDir = await spoilt();
    const store = await open(dataDir);
    expect(isSpoilt(dataDir)).toBe(false);
    await expect(put(store, slot, document('0', 2, {}))).rejects.toThrow('malformed');
    expect(isSpoilt(dataDir)).toBe(true);
    await store.close();
    expect(await opened(dataDir)).toEqual(['damaged']);
    expect(isSpoilt(dataDir)).toBe(false);
    expect(await opened(dataDir)).toEqual([]);
  });

  it('is told, and ends the store, also where it cannot be marked', async () => {
    const dataDir = await spoilt();
    const failed = Promise.withResolvers<Error>();
    const store = await embeddedReadStore({ dataDir, onFailure: failed.resolve });
    mkdirSync(join(dataDir, 'read.db.spoilt'));
    await expect(put(store, slot, document('0', 2, {}))).rejects.toThrow('malformed');
    expect((await failed.promise).message).toContain('malformed');
    await store.close();
  });
});
