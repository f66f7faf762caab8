import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { timeTexts } from './common.ts';
import type { StreamHead } from './heads.ts';
import { TIME_BYTES } from './metadata-bytes.ts';
import type { PackedAppend, PackedEvent } from './packed-views.ts';
import type { EventType } from './protocol.ts';
import { numberIn } from './row.ts';

/** Where and when an append is written. */
export type Place = { readonly position: number; readonly recordedAtMs: number; readonly head: StreamHead };

export type Inserts = {
  /** Writes the events of one append behind `head`, the first at `position`; the stream's head afterwards. */
  readonly append: (request: PackedAppend, place: Place) => StreamHead;
  /** Forgets what the transaction that is being rolled back had added. */
  readonly rollback: () => void;
};

export const insertsInto = (db: DatabaseSync): Inserts => {
  const insert = db.prepare(
    'INSERT INTO events (position, stream_id, revision, type_id, body) VALUES (?, ?, ?, ?, ?)',
  );
  const types = typeIds(db);
  const textOf = timeTexts();
  return {
    rollback: types.forget,
    append: ({ bytes, events }, { position, recordedAtMs, head }) => {
      const time = { ms: recordedAtMs, text: textOf(recordedAtMs) };
      let { revision, hash: last } = head;
      events.forEach((event, index) => {
        revision += 1;
        last = chained(bytes, event, { last, time });
        const body = bytes.subarray(event.stored, event.storedEnd);
        insert.run(position + index, head.id, revision, types.idOf(event.type), body);
      });
      return { id: head.id, revision, hash: last };
    },
  };
};

type Chain = { readonly last: string; readonly time: { readonly ms: number; readonly text: string } };

/** Fills in what was left open: the time, the hash of the event before and, in what is stored, its own. */
const chained = (bytes: Buffer, event: PackedEvent, { last, time }: Chain): string => {
  bytes.write(last, event.hashed, 'latin1');
  bytes.write(time.text, event.hashedTime, 'latin1');
  if (event.storedTime > 0) bytes.writeUIntBE(time.ms, event.storedTime, TIME_BYTES);
  const own = hash('sha256', bytes.subarray(event.hashed, event.hashedEnd), 'binary');
  bytes.write(own, event.stored, 'latin1');
  return own;
};

const typeIds = (db: DatabaseSync) => {
  const ids = new Map<string, number>();
  const find = db.prepare('SELECT id FROM types WHERE name = ? AND schema_version = ?');
  const insert = db.prepare('INSERT INTO types (name, schema_version) VALUES (?, ?)');
  const load = ({ type, schemaVersion }: EventType): number => {
    const row = find.get(type, schemaVersion);
    return row === undefined ? Number(insert.run(type, schemaVersion).lastInsertRowid) : numberIn(row['id']);
  };
  const idOf = (event: EventType): number => {
    const key = `${String(event.type.length)}:${event.type}${event.schemaVersion}`;
    const id = ids.get(key) ?? load(event);
    ids.set(key, id);
    return id;
  };
  return {
    idOf,
    forget: () => {
      ids.clear();
    },
  };
};
