import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Clock } from '../../clock/port.ts';
import type { EventStore } from '../port.ts';
import { beginEpochIn } from './epochs.ts';
import { endOf } from './log-end.ts';
import { toNumber } from './position.ts';
import { logIdOf, openLog } from './schema.ts';

const mark = z.object({ logId: z.string(), position: z.int().nonnegative() });
type Mark = Readonly<z.output<typeof mark>>;

/** The log ends before where it had been (exit code 74): what was acknowledged behind that is gone. */
class LogCutOff extends Error {
  override readonly name = 'LogCutOff';
}

export type LogMark = {
  /** After commits; the mark follows within a second. */
  readonly moved: () => void;
  /**
   * Compares the log with the mark, and keeps the mark up with it from then on.
   * @param acceptedEnd where a log that lost its end may end
   * @throws LogCutOff
   */
  readonly follow: (log: Log, acceptedEnd: number | undefined) => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Log = Pick<EventStore, 'logId' | 'lastPosition'>;

const EVERY_MS = 1000;

/**
 * How far the log of a data directory has come, in a file beside it: a log that has lost its end, with its write-ahead log
 * or by an old copy put in its place, is sound in itself. The mark is never ahead of what is durable.
 */
export const logMark = (dataDir: string, clock: Pick<Clock, 'schedule'>): LogMark => {
  const path = pathIn(dataDir);
  let log: Log | undefined;
  let cancel: (() => void) | undefined;
  // One after the other: they share a file.
  let last = Promise.resolve();
  const write = (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    return (last = last.then(async () => {
      // A mark that is not written only says less.
      if (log !== undefined) await save(path, await markOf(log));
    }));
  };
  return {
    moved: () => void (cancel ??= clock.schedule(EVERY_MS, () => void write())),
    follow: async (opened, acceptedEnd) => {
      assertWhole(load(dataDir), await markOf(opened), acceptedEnd);
      log = opened;
      await write();
    },
    stop: write,
  };
};

const markOf = async ({ logId, lastPosition }: Log): Promise<Mark> => ({
  logId,
  position: toNumber(await lastPosition()),
});

const assertWhole = (known: Mark | undefined, found: Mark, acceptedEnd: number | undefined): void => {
  if (known === undefined || found.position === acceptedEnd) return;
  const { position: end } = found;
  const isSame = known.logId === found.logId;
  if (isSame && end >= known.position) return;
  const lost = isSame
    ? `log.db ends at position ${end}, but had reached ${known.position}: events ${end + 1} to ${known.position} are gone`
    : `log.db is another log, which ends at position ${end}: the one that had reached ${known.position} is gone`;
  throw new LogCutOff(
    `${lost}. Put log.db back together with its log.db-wal, or restore a backup; to go on without, start with ACCEPT_LOSS=${end}`,
  );
};

/**
 * Before a log is opened whose loss of its end is accepted: cursors that were handed out behind `end` become void.
 * @returns whether events are gone: what was made of them passes later for made of those that take their positions
 * @throws NewerLayout, UnsafeDatabase, LogDamaged
 */
export const acceptLoss = (dataDir: string, end: number): boolean => {
  const known = load(dataDir);
  if (known === undefined || end >= known.position) return false;
  const db = openLog(join(dataDir, 'log.db'));
  try {
    if (endIn(db) !== end) return false;
    // Another log has another id: no cursor is one of its own.
    if (logIdOf(db) === known.logId) beginEpochIn(db);
    return true;
  } finally {
    db.close();
  }
};

/** Undefined where that cannot be read: whoever opens the log is told why. */
const endIn = (db: DatabaseSync): number | undefined => {
  try {
    return endOf(db).position;
  } catch {
    return undefined;
  }
};

const pathIn = (dataDir: string): string => join(dataDir, 'log.mark');

const load = (dataDir: string): Mark | undefined => {
  try {
    return mark.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')));
  } catch {
    // None yet, or torn by a loss of power: nothing is known.
    return undefined;
  }
};

/** Not on this thread: while the log is flushed, a disk takes its time for a name. */
const save = async (path: string, known: Mark): Promise<void> => {
  try {
    await writeFile(`${path}.new`, `${JSON.stringify(known)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
  } catch {
    // As above.
  }
};
