import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { embeddedReader } from '../../src/infra/read-store/embedded/embedded.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import { UnsafeDatabase } from '../../src/infra/sqlite/open.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { document, everything, goLive, put, runs } from '../support/read-documents.ts';

const slot = { name: runs.name, generation: 1 };

const filled = async (): Promise<string> => {
  const dataDir = freshDirectory();
  const store = openReadStore({ dataDir });
  await goLive(store, runs);
  await put(store, slot, document('a', 1, { size: 1 }), document('b', 2, { size: 2 }));
  await store.close();
  return dataDir;
};

it('reads a file that nobody writes to any more, in a thread that takes no write', async () => {
  const dataDir = await filled();
  const store = await embeddedReader({ dataDir });
  onTestFinished(store.close);
  expect(await everything(store, slot)).toHaveLength(2);
  await expect(put(store, slot, document('c', 3, { size: 3 }))).rejects.toThrow(/readonly/);
  expect((await store.get(runs.name, 'b')).document?.body).toEqual({ size: 2 });
});

it('begins no file anew: what is missing or damaged is said to be', async () => {
  const nowhere = freshDirectory();
  await expect(embeddedReader({ dataDir: nowhere })).rejects.toThrow(UnsafeDatabase);
  expect(existsSync(join(nowhere, 'read.db'))).toBe(false);
  const dataDir = await filled();
  const path = join(dataDir, 'read.db');
  truncateSync(path, 100);
  writeFileSync(path, 'no database at all', { flag: 'r+' });
  const damaged = readFileSync(path);
  await expect(embeddedReader({ dataDir })).rejects.toThrow(UnsafeDatabase);
  expect(readFileSync(path).equals(damaged)).toBe(true);
});
