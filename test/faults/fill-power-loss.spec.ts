// The power goes while read models are filled, by commits that do not wait for the disk (ADR 34), or into a file that nobody
// is served from, by nothing that does (ADR 37): what is served is whole.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openSoundReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import type { DiskTrace } from '../support/disk-trace.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { FATES, leaveFiles } from '../support/power-loss.ts';
import type { Fate } from '../support/power-loss.ts';
import { at, entries } from '../support/read-documents.ts';
import { seededPick } from '../support/seeded-pick.ts';
import { cannotTrace, traceOne } from '../support/trace-disk.ts';

const SCRIPT = fileURLToPath(new URL('../support/fill-lazily-process.ts', import.meta.url));
const SIZE = 25;
const MOST = 2000;
const IMAGES_OF_EACH = 12;
const MARK = 'read.db.unsynced';

type Fill = { readonly generations: number; readonly batches: number; readonly trace: DiskTrace };

const filledBy = (generations: number, batches: number, ...way: readonly string[]) => {
  let known: Promise<Fill> | undefined;
  const traced = async (): Promise<Fill> => ({
    generations,
    batches,
    trace: await traceOne(SCRIPT, [...[generations, batches, SIZE].map(String), ...way]),
  });
  return (): Promise<Fill> => (known ??= traced());
};

/** The generation that was said to be served last; 0 before the first. */
const servedBy = ({ said }: DiskTrace, line: number): number =>
  said.filter(({ began }) => began < line).reduce((last, { text }) => Math.max(last, Number(text)), 0);

type Found = { readonly flaws: readonly string[]; readonly recreated: string | undefined };

/** As a start finds it. */
const foundIn = (path: string, served: number, rows: number): Found => {
  if (!existsSync(path)) return { flaws: served === 0 ? [] : [`${served} is lost`], recreated: 'missing' };
  try {
    const { db, recreated } = openSoundReadFile(path);
    try {
      const damaged = recreated === 'damaged' ? ['it is damaged'] : [];
      return { flaws: [...damaged, ...flawsIn(db, served, rows)], recreated };
    } finally {
      db.close();
    }
  } catch (error) {
    return { flaws: [`it cannot be read: ${String(error)}`], recreated: undefined };
  }
};

const flawsIn = (db: DatabaseSync, served: number, rows: number): readonly string[] => {
  const check = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  if (check !== 'ok') return [`integrity_check: ${String(check)}`];
  const { generations, scan, checkpoint } = operationsOn(db);
  const generation = generations(entries.name).live ?? 0;
  if (generation < served) return [`${String(served)} is lost`];
  if (generation === 0) return [];
  const slot = { name: entries.name, generation };
  const isWhole = scan(slot, null, MOST).length === rows && checkpoint(slot) === at(rows);
  return isWhole ? [] : [`${String(generation)} is torn`];
};

const imageOf = ({ trace, batches }: Fill, line: number, fate: Fate, seed: number) => {
  const directory = freshDirectory();
  const lost = leaveFiles(trace, { at: line, fate, pick: seededPick(seed).pick }, directory);
  const found = foundIn(join(directory, 'read.db'), servedBy(trace, line), batches * SIZE);
  rmSync(directory, { recursive: true });
  return { what: `${fate} at line ${String(line)}, seed ${String(seed)}`, lost, ...found };
};

/** As soon as each generation is served, and at points spread over all of it, at random within their share. */
const imagesOf = (fill: Fill, fate: Fate) => {
  const { trace } = fill;
  const { pick, seed } = seededPick();
  const first = trace.changes[0]?.began ?? 0;
  const share = (trace.length - first) / IMAGES_OF_EACH;
  const spread = Array.from({ length: IMAGES_OF_EACH }, (_, index) =>
    Math.floor(first + index * share + pick(Math.ceil(share))),
  );
  const lines = [...trace.said.map(({ ended }) => ended + 1), ...spread, ...aroundMark(trace)];
  return lines.map((line, index) => imageOf(fill, line, fate, seed + index));
};

/** When the mark is made and taken away, and soon afterwards. */
const aroundMark = ({ changes }: DiskTrace): readonly number[] =>
  changes
    .filter(({ file }) => file === MARK)
    .flatMap(({ began, ended }) => [began, ended + 1, ended + 2, ended + 4, ended + 8]);

const without = (fill: Fill, ...files: readonly string[]): Fill => {
  const flushes = fill.trace.flushes.filter(({ file }) => !files.includes(file));
  return { ...fill, trace: { ...fill.trace, flushes } };
};

const lazily = filledBy(5, 12);
const unsynced = filledBy(2, 40, 'unsynced');
const isFlawed = ({ flaws }: Found): boolean => flaws.length > 0;

describe.skipIf(cannotTrace)(
  'read models whose power goes while they are filled',
  { timeout: 120_000 },
  () => {
    it('wait for the disk far less often than they commit', async () => {
      const { trace, generations, batches } = await lazily();
      expect(trace.said.map(({ text }) => text.trim())).toEqual(['1', '2', '3', '4', '5']);
      // Each checkpoint waits, too.
      const waits = trace.flushes.filter(({ file }) => file === 'read.db-wal');
      expect(waits.length).toBeLessThan(generations * batches);
      expect(trace.flushes.some(({ file }) => file === 'read.db')).toBe(true);
    });

    it('do not wait at all between the mark and the first switch, where nobody is served from the file', async () => {
      const { trace } = await unsynced();
      const [made, taken] = trace.changes.filter(({ file }) => file === MARK);
      const between = ({ began }: { readonly began: number }): boolean =>
        began > (made?.ended ?? Infinity) && began < (taken?.began ?? 0);
      const written = trace.changes.filter(({ file }) => file === 'read.db').filter(between);
      const flushes = trace.flushes.filter(between).map(({ file }) => file);
      expect(written.length).toBeGreaterThan(100);
      // Those of the mark, then those of the switch.
      expect(flushes).toEqual([MARK, '', 'read.db-wal', 'read.db-wal', 'read.db', '']);
      expect(trace.said[0]?.began).toBeGreaterThan(taken?.ended ?? Infinity);
    });

    describe.each([
      ['lazily', lazily],
      ['into a file that serves nobody', unsynced],
    ])('%s', (_way, filled) => {
      it.each(FATES)('are served whole, and no older ones than were: the rest is %s', async (fate) => {
        const images = imagesOf(await filled(), fate);
        expect(images.filter(isFlawed)).toEqual([]);
        if (fate !== 'kept') expect(images.filter(({ lost }) => lost > 0).length).toBeGreaterThan(1);
      });
    });

    it('are dropped with a file that was being filled so', async () => {
      const fill = await unsynced();
      const images = FATES.flatMap((fate) => imagesOf(fill, fate));
      expect(images.filter(({ recreated }) => recreated === 'unfinished').length).toBeGreaterThan(
        FATES.length,
      );
    });

    it.each([
      ['no commit waits', lazily, ['read.db-wal'], 'lost'],
      ['the switch does not bring the file to the disk', unsynced, ['read.db'], 'torn'],
      ['the mark is not brought to the disk', unsynced, [MARK], 'some'],
      ['its place in the directory is not', unsynced, [''], 'some'],
    ] as const)('would not, where %s', async (_what, filled, unflushed, fate) => {
      expect(imagesOf(without(await filled(), ...unflushed), fate).some(isFlawed)).toBe(true);
    });

    it('would not, without the mark', async () => {
      const fill = await unsynced();
      const changes = fill.trace.changes.filter(({ file }) => file !== MARK);
      expect(imagesOf({ ...fill, trace: { ...fill.trace, changes } }, 'torn').some(isFlawed)).toBe(true);
    });
  },
);
