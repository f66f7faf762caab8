import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { HASH_BYTES } from '../hash.ts';
import type { StoredEvent } from '../port.ts';
import { EVENT_COLUMNS, eventRow, numberIn, rowsOf, textIn } from './row.ts';
import { knownIn } from './row-names.ts';
import { eventDecoder } from './stored-event.ts';

/** What an audit reads besides checking: as it is stored, without a check. */
export type AuditReads = {
  /** Every event in the log's order. */
  readonly seen: () => Iterable<Seen>;
  /** One stream from its start; it ends where an event cannot be read. */
  readonly read: (stream: string) => Iterable<StoredEvent>;
};

const NAMES = 20_000;

export const auditReads = (db: DatabaseSync): AuditReads => ({
  seen: () => seenIn(db),
  read: (stream) => streamIn(db, stream),
});

type Seen = Pick<StoredEvent, 'stream' | 'revision' | 'hash'>;

function* seenIn(db: DatabaseSync): Generator<Seen> {
  const rows = rowsOf(
    db.prepare(
      `SELECT stream_id, revision, substr(body, 1, ${String(HASH_BYTES)}) FROM events ORDER BY position`,
    ),
  );
  const nameOf = namesIn(db);
  for (const [streamId, revision, hash] of rows())
    yield {
      stream: nameOf(numberIn(streamId)),
      revision: numberIn(revision),
      hash: storedHash(hash),
    };
}

/** Empty where there is none: that the event cannot be read is told by the check of its chain. */
const storedHash = (value: SQLOutputValue | undefined): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';

const namesIn = (db: DatabaseSync): ((id: number) => string) => {
  const select = db.prepare('SELECT name FROM streams WHERE id = ?');
  const known = new LRUCache<number, string>({ max: NAMES });
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const row = select.get(id);
    const name = row === undefined ? `#${String(id)}` : textIn(row['name']);
    known.set(id, name);
    return name;
  };
};

function* streamIn(db: DatabaseSync, name: string): Generator<StoredEvent> {
  const id = db.prepare('SELECT id FROM streams WHERE name = ?').get(name)?.['id'];
  if (id === undefined) return;
  const rows = rowsOf(
    db.prepare(`SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? ORDER BY revision`),
  );
  const decode = eventDecoder(knownIn(db));
  for (const row of rows(numberIn(id))) {
    const events = readable(() => decode([eventRow(row)]));
    if (events === undefined) return;
    yield* events;
  }
}

const readable = <Value>(read: () => Value): Value | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
