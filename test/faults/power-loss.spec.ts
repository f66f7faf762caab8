// The power goes: what was flushed is on the disk, of what was not any part may be, in any order (F-S-06).
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openAudit } from '../../src/infra/event-store/embedded/audit-log.ts';
import { damageInTail, endOf } from '../../src/infra/event-store/embedded/log-end.ts';
import { openLog } from '../../src/infra/event-store/embedded/schema.ts';
import type { DiskTrace } from '../support/disk-trace.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { FATES, leaveFiles } from '../support/power-loss.ts';
import type { Fate } from '../support/power-loss.ts';
import { seededPick } from '../support/seeded-pick.ts';
import { cannotTrace, traceOne } from '../support/trace-disk.ts';

const SCRIPT = fileURLToPath(new URL('../support/log-process.ts', import.meta.url));
const AT_ONCE = 4;
/** More than the write-ahead log takes before it is copied into the file, and begun anew. */
const APPENDS = 1000;
const EVENTS_OF_EACH = 3;
const IMAGES_OF_EACH = 12;

let known: Promise<DiskTrace> | undefined;
/** A process that appends to a new log and closes it. Made once: of one process every point can be looked at. */
const traced = (): Promise<DiskTrace> =>
  (known ??= traceOne(SCRIPT, ['append', String(AT_ONCE), String(APPENDS)]));

const acknowledgedBy = ({ said }: DiskTrace, at: number): readonly string[] =>
  said
    .filter(({ began }) => began < at)
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.startsWith('saga-'));

/** What is wrong with a log that a loss of power has left; empty where nothing is. */
const flawsOf = (path: string, acknowledged: readonly string[]): readonly string[] => {
  if (!existsSync(path)) return acknowledged.map((stream) => `${stream} is lost`);
  try {
    return [...flawsIn(path, acknowledged), ...findingsIn(path)];
  } catch (error) {
    return [`it cannot be opened: ${String(error)}`];
  }
};

const STORED =
  'SELECT name, count(*) AS events FROM events JOIN streams ON streams.id = stream_id GROUP BY name';

const flawsIn = (path: string, acknowledged: readonly string[]): readonly string[] => {
  const db = openLog(path);
  try {
    const check = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    const rows = db.prepare(STORED).all();
    const stored = new Map(rows.map(({ name, events }) => [String(name), Number(events)]));
    return [
      ...(check === 'ok' ? [] : [`integrity_check: ${String(check)}`]),
      ...damageInTail(db, endOf(db)),
      ...acknowledged.flatMap((stream) => (stored.has(stream) ? [] : [`${stream} is lost`])),
      ...[...stored].flatMap(([stream, events]) => (events === EVENTS_OF_EACH ? [] : [`${stream} is torn`])),
    ];
  } finally {
    db.close();
  }
};

/** Every event against the chain of its stream. */
const findingsIn = (path: string): readonly string[] => {
  const log = openAudit(path);
  try {
    const { steps } = log.audit(undefined) ?? { steps: [] };
    return [...steps].flatMap(({ findings }) => findings.map(({ detail }) => detail));
  } finally {
    log.close();
  }
};

type Image = { readonly what: string; readonly lost: number; readonly flaws: readonly string[] };

/** What is left of a log, and found in it, where the power goes at some point. */
const imageOf = (trace: DiskTrace, at: number, fate: Fate, seed: number): Image => {
  const directory = freshDirectory();
  const lost = leaveFiles(trace, { at, fate, pick: seededPick(seed).pick }, directory);
  const flaws = flawsOf(join(directory, 'log.db'), acknowledgedBy(trace, at));
  rmSync(directory, { recursive: true });
  return {
    what: `${fate} at line ${String(at)} of ${String(trace.length)}, seed ${String(seed)}`,
    lost,
    flaws,
  };
};

/** Points spread over all of it, at random within their share. */
const imagesOf = (trace: DiskTrace, fate: Fate): readonly Image[] => {
  const { pick, seed } = seededPick();
  const first = trace.changes[0]?.began ?? 0;
  const share = (trace.length - first) / IMAGES_OF_EACH;
  return Array.from({ length: IMAGES_OF_EACH }, (_, index) =>
    imageOf(trace, Math.floor(first + index * share) + pick(Math.ceil(share)), fate, seed + index),
  );
};

describe.skipIf(cannotTrace)('a log that lost its power', { timeout: 120_000 }, () => {
  it('was written down whole, its first checkpoint too', async () => {
    const trace = await traced();
    expect(acknowledgedBy(trace, trace.length)).toHaveLength(APPENDS);
    const writtenTo = (file: string) => trace.changes.filter((change) => change.file === file);
    expect(writtenTo('log.db').some(({ kind }) => kind === 'write')).toBe(true);
    // Begun anew behind it: something is written where something stood.
    const ofWal = writtenTo('log.db-wal').filter((change) => change.kind === 'write');
    expect(new Set(ofWal.map(({ offset }) => offset)).size).toBeLessThan(ofWal.length);
    const images = freshDirectory();
    leaveFiles(trace, { at: trace.length, fate: 'kept', pick: () => 0 }, images);
    expect(statSync(join(images, 'log.db')).size).toBeGreaterThan(0);
  });

  it.each(FATES)(
    'has all it acknowledged, and each append whole or not at all: the rest is %s',
    async (fate) => {
      const images = imagesOf(await traced(), fate);
      expect(images.filter(({ flaws }) => flaws.length > 0)).toEqual([]);
      if (fate !== 'kept') expect(images.filter(({ lost }) => lost > 0).length).toBeGreaterThan(1);
    },
  );

  it('would not, where the write-ahead log is not flushed with each commit', async () => {
    const trace = await traced();
    const unflushed = { ...trace, flushes: trace.flushes.filter(({ file }) => !file.endsWith('-wal')) };
    const images = imagesOf(unflushed, 'lost');
    expect(images.flatMap(({ flaws }) => flaws).some((flaw) => flaw.endsWith('is lost'))).toBe(true);
  });
});
