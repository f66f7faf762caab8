// The power goes while read models are filled, by commits that do not wait for the disk: what is served is whole (ADR 34).
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import type { DiskTrace } from '../support/disk-trace.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { FATES, leaveFiles } from '../support/power-loss.ts';
import type { Fate } from '../support/power-loss.ts';
import { at, entries } from '../support/read-documents.ts';
import { seededPick } from '../support/seeded-pick.ts';
import { cannotTrace, traceOne } from '../support/trace-disk.ts';

const SCRIPT = fileURLToPath(new URL('../support/fill-lazily-process.ts', import.meta.url));
const [GENERATIONS, BATCHES, SIZE] = [5, 12, 25];
const MOST = 1000;
const IMAGES_OF_EACH = 12;

let known: Promise<DiskTrace> | undefined;
const traced = (): Promise<DiskTrace> =>
  (known ??= traceOne(SCRIPT, [GENERATIONS, BATCHES, SIZE].map(String)));

/** The generation that was said to be served last; 0 before the first. */
const servedBy = ({ said }: DiskTrace, line: number): number =>
  said.filter(({ began }) => began < line).reduce((last, { text }) => Math.max(last, Number(text)), 0);

const flawsOf = (path: string, served: number): readonly string[] => {
  if (!existsSync(path)) return served === 0 ? [] : [`${String(served)} is lost`];
  try {
    const { db } = openReadFile(path);
    try {
      return flawsIn(db, served);
    } finally {
      db.close();
    }
  } catch (error) {
    return [`it cannot be read: ${String(error)}`];
  }
};

const flawsIn = (db: DatabaseSync, served: number): readonly string[] => {
  const check = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  if (check !== 'ok') return [`integrity_check: ${String(check)}`];
  const { generations, scan, checkpoint } = operationsOn(db);
  const generation = generations(entries.name).live ?? 0;
  if (generation < served) return [`${String(served)} is lost`];
  if (generation === 0) return [];
  const slot = { name: entries.name, generation };
  const isWhole = scan(slot, null, MOST).length === BATCHES * SIZE && checkpoint(slot) === at(BATCHES * SIZE);
  return isWhole ? [] : [`${String(generation)} is torn`];
};

const imageOf = (trace: DiskTrace, line: number, fate: Fate, seed: number) => {
  const directory = freshDirectory();
  const lost = leaveFiles(trace, { at: line, fate, pick: seededPick(seed).pick }, directory);
  const flaws = flawsOf(join(directory, 'read.db'), servedBy(trace, line));
  rmSync(directory, { recursive: true });
  return { what: `${fate} at line ${String(line)}, seed ${String(seed)}`, lost, flaws };
};

/** As soon as each generation is served, and at points spread over all of it, at random within their share. */
const imagesOf = (trace: DiskTrace, fate: Fate) => {
  const { pick, seed } = seededPick();
  const first = trace.changes[0]?.began ?? 0;
  const share = (trace.length - first) / IMAGES_OF_EACH;
  const spread = Array.from({ length: IMAGES_OF_EACH }, (_, index) =>
    Math.floor(first + index * share + pick(Math.ceil(share))),
  );
  const lines = [...trace.said.map(({ ended }) => ended + 1), ...spread];
  return lines.map((line, index) => imageOf(trace, line, fate, seed + index));
};

describe.skipIf(cannotTrace)(
  'read models whose power goes while they are filled',
  { timeout: 120_000 },
  () => {
    it('wait for the disk far less often than they commit', async () => {
      const { flushes, said } = await traced();
      expect(said.map(({ text }) => text.trim())).toEqual(['1', '2', '3', '4', '5']);
      // Each checkpoint waits, too.
      expect(flushes.filter(({ file }) => file === 'read.db-wal').length).toBeLessThan(GENERATIONS * BATCHES);
      expect(flushes.some(({ file }) => file === 'read.db')).toBe(true);
    });

    it.each(FATES)('are served whole, and no older ones than were: the rest is %s', async (fate) => {
      const images = imagesOf(await traced(), fate);
      expect(images.filter(({ flaws }) => flaws.length > 0)).toEqual([]);
      if (fate !== 'kept') expect(images.filter(({ lost }) => lost > 0).length).toBeGreaterThan(1);
    });

    it('would not, where no commit waits', async () => {
      const trace = await traced();
      const unflushed = { ...trace, flushes: trace.flushes.filter(({ file }) => !file.endsWith('-wal')) };
      expect(imagesOf(unflushed, 'lost').some(({ flaws }) => flaws.length > 0)).toBe(true);
    });
  },
);
