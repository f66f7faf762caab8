import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { LogDamaged } from '../errors.ts';
import type { AllSlice, EventStore, StoredEvent } from '../port.ts';
import { toNumber, toPosition } from './position.ts';
import { FILTERED, LOOKS_AT, WHOLE } from './read-all.ts';
import type { Columns, EventRow, Page } from './row.ts';
import { arraysOf, eventRow, inPages } from './row.ts';
import { unverifiedEvents } from './stored-event.ts';

export type LogReader = Pick<EventStore, 'readAll' | 'lastPosition'> & { readonly close: () => void };

// A slice of the largest events there can be still fits into memory many times over.
const SLICE_BYTES = 16 * 1024 * 1024;

/**
 * Reads the log in the calling thread, on a read-only connection of its own, without checking the hash chain:
 * only for what is derived and can be made again. `dataDir` holds a log that its writer has opened already.
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
  const whole = arraysOf(db.prepare(WHOLE));
  const filtered = arraysOf(db.prepare(FILTERED));
  const toEvent = unverifiedEvents(db);
  return ({ after, categories, max }, end) => {
    const start = toNumber(after);
    const isWhole = categories === undefined;
    const until = isWhole ? end : Math.min(end, start + LOOKS_AT);
    const names = JSON.stringify(categories ?? []);
    const page: Page = (from, count) =>
      isWhole ? whole(from, until, count) : filtered(from, until, names, count);
    const rows = inPages(page, start, max);
    const { events, last, isCut } = taken(rows, toEvent, isWhole ? start : undefined);
    const position = isCut || events.length === max ? last : Math.max(start, until);
    return { events, position: toPosition(position), isEnd: position >= end };
  };
};

/** `after`: the number before the first row, where the rows must follow one another. */
const taken = (
  rows: Iterable<Columns>,
  toEvent: (row: EventRow) => StoredEvent,
  after: number | undefined,
) => {
  const events: StoredEvent[] = [];
  let last = after ?? 0;
  let bytes = 0;
  for (const record of rows) {
    const row = eventRow(record);
    if (after !== undefined && row.position !== last + 1) throw unreadable(last + 1);
    last = row.position;
    events.push(readable(() => toEvent(row), last));
    bytes += row.body.length;
    if (bytes > SLICE_BYTES) break;
  }
  return { events, last, isCut: bytes > SLICE_BYTES };
};

const readable = (read: () => StoredEvent, position: number): StoredEvent => {
  try {
    return read();
  } catch (cause) {
    throw unreadable(position, cause);
  }
};

const unreadable = (position: number, cause?: unknown): LogDamaged => {
  const why = cause instanceof Error ? `cannot be read: ${cause.message}` : 'is missing';
  return new LogDamaged('unknown', -1, `the event at position ${String(position)} ${why}`);
};
