import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { embeddedReadStore } from '../../src/infra/read-store/embedded/embedded.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import type { ReadStore } from '../../src/infra/read-store/port.ts';
import { UnsafeDatabase } from '../../src/infra/sqlite/open.ts';
import { filesWith, freshDirectory } from '../support/fresh-directory.ts';
import { at, dated, document, everything, goLive, put, runs, written } from '../support/read-documents.ts';

const SCRIPT = join(import.meta.dirname, '../support/read-store-process.ts');
const slot = { name: runs.name, generation: 1 };

/** Lets a process write until it has reported so many batches, then kills it. Answers the last it reported. */
const writeAndKill = async (dataDir: string, batches: number): Promise<number> => {
  const child = spawn(process.execPath, [SCRIPT, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let output = '';
  const isEnough = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > batches) resolve();
    });
  });
  await Promise.race([isEnough, ended]);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  return Number(output.split('\n').at(-2));
};

const withStore = async (
  dataDir: string,
  use: (store: ReadStore, recreated: readonly string[]) => Promise<void>,
): Promise<void> => {
  const recreated: string[] = [];
  const store = await embeddedReadStore({ dataDir, onRecreated: (reason) => recreated.push(reason) });
  try {
    await use(store, recreated);
  } finally {
    await store.close();
  }
};

describe('a process killed while it writes read models', () => {
  it('leaves documents, indexes, history and checkpoint of one and the same batch', async () => {
    const dataDir = freshDirectory();
    let last = 0;
    for (const batches of [1, 9, 30]) {
      const reported = await writeAndKill(dataDir, batches);
      await withStore(dataDir, async (store, recreated) => {
        const live = { name: written.name, generation: 1 };
        const checkpoint = (await store.checkpoint(live)) ?? '';
        const batch = Number(checkpoint.slice(0, 20));
        expect(batch).toBeGreaterThanOrEqual(reported);
        expect(batch).toBeGreaterThan(last);
        last = batch;
        const documents = await everything(store, live);
        expect(documents).toHaveLength(200);
        expect(new Set(documents.map(({ position }) => position))).toEqual(new Set([checkpoint]));
        expect((await store.countBy(written.name, 'batch', [])).counts).toEqual([
          { value: batch, count: 200 },
        ]);
        const before = await store.getAt(written.name, 'd199', at(batch - 1));
        expect(before?.position).toBe(batch === 1 ? undefined : at(batch - 1));
        expect(recreated).toEqual([]);
      });
    }
  });
});

describe('the file of the read models', () => {
  const filled = async (): Promise<string> => {
    const dataDir = freshDirectory();
    await withStore(dataDir, async (store, recreated) => {
      expect(recreated).toEqual(['missing']);
      await goLive(store, runs);
      const documents = Array.from({ length: 500 }, (_, index) =>
        document(String(index), 1, { status: 'OPEN', size: index, note: 'canary in the coal mine' }),
      );
      await put(store, slot, ...documents);
    });
    return dataDir;
  };
  const isEmpty = async (store: ReadStore): Promise<void> => {
    expect(await store.generations(runs.name)).toEqual({ live: null, previous: null, filling: null });
    await goLive(store, runs);
    await put(store, slot, document('a', 1, { size: 1 }));
    expect(await everything(store, slot)).toHaveLength(1);
  };
  const alter = (dataDir: string, sql: string): void => {
    const db = new DatabaseSync(join(dataDir, 'read.db'), { defensive: false });
    db.exec(sql);
    db.close();
  };

  it.each([0, 1, 2, 99])('is begun anew in place of layout %i, and says so', async (layout) => {
    const dataDir = await filled();
    alter(dataDir, `CREATE TABLE "odd ""name" (x); PRAGMA user_version = ${String(layout)}`);
    await withStore(dataDir, async (store, recreated) => {
      expect(recreated).toEqual(['other-layout']);
      await isEmpty(store);
    });
    await withStore(dataDir, async (_, recreated) => {
      expect(recreated).toEqual([]);
      return Promise.resolve();
    });
  });

  it.each([
    ['no database', (path: string) => writeFileSync(path, 'what is this?'.repeat(1000))],
    ['a database cut short', (path: string) => truncateSync(path, statSync(path).size - 3 * 4096)],
    [
      'a database with a page overwritten',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xff, 6 * 4096, 8 * 4096);
        writeFileSync(path, bytes);
      },
    ],
  ])('is moved aside and begun anew where it is %s', async (_, damage) => {
    const dataDir = await filled();
    const path = join(dataDir, 'read.db');
    damage(path);
    const damaged = readFileSync(path);
    await withStore(dataDir, async (store, recreated) => {
      expect(recreated).toEqual(['damaged']);
      await isEmpty(store);
    });
    expect(readFileSync(`${path}.damaged`).equals(damaged)).toBe(true);
  });

  it('is refused where it cannot be opened at all', async () => {
    const dataDir = freshDirectory();
    writeFileSync(join(dataDir, 'taken'), '');
    await expect(embeddedReadStore({ dataDir: join(dataDir, 'taken', 'below') })).rejects.toThrow();
    const other = freshDirectory();
    mkdirSync(join(other, 'read.db'));
    await expect(embeddedReadStore({ dataDir: other })).rejects.toThrow(UnsafeDatabase);
  });

  it('that turns out damaged ends the store, with one report', async () => {
    const dataDir = await filled();
    const failures: Error[] = [];
    const store = await embeddedReadStore({ dataDir, onFailure: (error) => failures.push(error) });
    alter(
      dataDir,
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x' WHERE name = 'slots'; PRAGMA schema_version = 1000",
    );
    await expect(put(store, slot, document('a', 1, {}))).rejects.toThrow();
    await expect(put(store, slot, document('a', 1, {}))).rejects.toThrow();
    await expect(store.get(runs.name, 'a')).rejects.toThrow();
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    await store.close();
    expect(failures).toHaveLength(1);
  });

  it('holds nothing any more of documents that were overwritten, deleted or dropped', async () => {
    const dataDir = await filled();
    const canary = Buffer.from('canary in the coal mine');
    expect(filesWith(dataDir, canary)).not.toEqual([]);
    await withStore(dataDir, async (store) => {
      const all = await everything(store, slot);
      await put(store, slot, ...all.slice(0, 250).map(({ id }) => document(id, 2, null)));
      await put(store, slot, ...all.slice(250, 400).map(({ id }) => document(id, 2, { size: 1 })));
      await store.drop(slot);
      const kept = await goLive(store, dated);
      await put(store, kept, document('a', 1, { note: canary.toString() }), document('a', 2, {}));
      expect((await store.getAt(dated.name, 'a', at(1)))?.body).toEqual({ note: canary.toString() });
      await store.drop(kept);
    });
    expect(existsSync(join(dataDir, 'read.db-wal'))).toBe(false);
    expect(filesWith(dataDir, canary)).toEqual([]);
  });

  it('is written by one thread and read by others at the same time', async () => {
    const dataDir = await filled();
    await withStore(dataDir, async (store) => {
      const writer = openReadStore({ dataDir });
      await put(writer, slot, document('0', 5, { size: -5 }));
      const query = { where: [], sort: { field: 'size', direction: 'asc' }, limit: 1 } as const;
      const page = await store.find(runs.name, query);
      expect(page).toMatchObject({ position: at(5), documents: [{ id: '0', position: at(5) }] });
      const both = [1, 2, 3, 4].map((number) =>
        put(
          number % 2 === 0 ? store : writer,
          slot,
          document(`new${String(number)}`, 5 + number, { size: 0 }),
        ),
      );
      await Promise.all(both);
      expect((await store.get(runs.name, 'new3')).position).toBe(at(9));
      await writer.close();
      expect(await everything(store, slot)).toHaveLength(504);
    });
  });
});
