import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { detailOf } from '../../sqlite/errors.ts';
import { openDatabase } from '../../sqlite/open.ts';
import { LogDamaged } from '../errors.ts';
import type { AllSlice, EventStore, StoredEvent } from '../port.ts';
import { eventToFold } from './event-to-fold.ts';
import { pagesOf, rowsIn } from './page.ts';
import { toNumber, toPosition } from './position.ts';
import { assertNoGap, reachedBy } from './read-all.ts';
import type { EventRow } from './row.ts';
import { knownIn } from './row-names.ts';
import type { Known } from './row-names.ts';
import { FILTERED, LOOKS_AT, WHOLE } from './selects.ts';
import { eventDecoder } from './stored-event.ts';

export type LogReader = Pick<EventStore, 'readAll' | 'lastPosition'> & { readonly close: () => void };

/**
 * Reads the log in the calling thread, on a read-only connection of its own, without checking the hash chain:
 * only for what is derived and can be made again. An event's id and hash are made when it is asked for them: they are no
 * properties of its own. `dataDir` holds a log that its writer has opened already.
 *
 * @throws UnsafeDatabase, and LogDamaged where an event is missing or cannot be read.
 */
export const embeddedLogReader = ({ dataDir }: { readonly dataDir: string }): LogReader => {
  const db = openDatabase(join(dataDir, 'log.db'), { readOnly: true });
  const last = db.prepare('SELECT max(position) AS last FROM events');
  const lastNumber = (): number => Number(last.get()?.['last'] ?? 0);
  const read = reading(db);
  return {
    // A throw becomes a rejection, as the port's callers expect it.
    readAll: async (options) => Promise.resolve(read(options, lastNumber())),
    lastPosition: async () => Promise.resolve(toPosition(lastNumber())),
    close: () => {
      db.close();
    },
  };
};

type Options = Parameters<EventStore['readAll']>[0];

const reading = (db: DatabaseSync): ((options: Options, end: number) => AllSlice) => {
  const whole = pagesOf(db, WHOLE);
  const filtered = pagesOf(db, FILTERED);
  const known = knownIn(db);
  const decode = eventDecoder(known, eventToFold);
  return ({ after, categories, max }, end) => {
    const start = toNumber(after);
    const isWhole = categories === undefined;
    const until = isWhole ? end : Math.min(end, start + LOOKS_AT);
    const page = isWhole
      ? whole(until - start, start, until, max)
      : filtered(until - start, start, until, JSON.stringify(categories), max);
    if (isWhole) assertNoGap(page, start);
    const rows = rowsIn(page);
    known.learn(rows);
    const events = readable(rows, decode, known);
    const position = reachedBy(page, { after: start, max }, until);
    return { events, position: toPosition(position), isEnd: position >= end };
  };
};

/** @throws LogDamaged that names the first row of which no event can be made */
const readable = (
  rows: readonly EventRow[],
  decode: (rows: readonly EventRow[]) => readonly StoredEvent[],
  known: Known,
): readonly StoredEvent[] => {
  try {
    return decode(rows);
  } catch (error) {
    for (const row of rows) {
      try {
        decode([row]);
      } catch (cause) {
        throw unreadable(row, known, cause);
      }
    }
    throw error;
  }
};

const unreadable = ({ position, streamId, revision }: EventRow, known: Known, cause: unknown): LogDamaged => {
  const detail = `the event at position ${String(position)} cannot be read: ${detailOf(cause)}`;
  return new LogDamaged(nameOf(known, streamId), revision, detail);
};

/** The name may be what is damaged. */
const nameOf = ({ streamOf }: Known, streamId: number): string => {
  try {
    return streamOf(streamId);
  } catch {
    return `#${String(streamId)}`;
  }
};
