import type { DatabaseSync } from 'node:sqlite';
import { eventBytes } from './event-bytes.ts';
import type { RecordedAt } from './event-bytes.ts';
import type { StreamHead } from './heads.ts';
import type { AppendRequest } from './protocol.ts';
import { numberIn } from './row.ts';

/** Where and when an append is written. */
export type Place = RecordedAt & { readonly position: number; readonly head: StreamHead };

export type Inserts = {
  /** Writes the events of one append behind `head`, the first at `position`; the hash of each. */
  readonly append: (request: AppendRequest, place: Place) => readonly string[];
  /** Forgets what the transaction that is being rolled back had added. */
  readonly rollback: () => void;
};

export const insertsInto = (db: DatabaseSync): Inserts => {
  const insert = db.prepare(
    'INSERT INTO events (position, stream_id, revision, type_id, body) VALUES (?, ?, ?, ?, ?)',
  );
  const types = typeIds(db);
  const bytesOf = eventBytes();
  return {
    rollback: types.forget,
    append: (request, place) => {
      const { position, head } = place;
      const bytes = bytesOf(request, place);
      const first = head.revision + 1;
      let last = head.hash;
      return request.events.map((event, index) => {
        const { hash, body } = bytes(event, index, last);
        const typeId = types.idOf(event.type, event.schemaVersion);
        // As `run`, without the object of counts.
        insert.get(position + index, head.id, first + index, typeId, body);
        last = hash;
        return hash;
      });
    },
  };
};

const typeIds = (db: DatabaseSync) => {
  const ids = new Map<string, Map<string, number>>();
  const find = db.prepare('SELECT id FROM types WHERE name = ? AND schema_version = ?');
  const insert = db.prepare('INSERT INTO types (name, schema_version) VALUES (?, ?)');
  const load = (type: string, schemaVersion: string): number => {
    const row = find.get(type, schemaVersion);
    return row === undefined ? Number(insert.run(type, schemaVersion).lastInsertRowid) : numberIn(row['id']);
  };
  const add = (type: string, schemaVersion: string): number => {
    const id = load(type, schemaVersion);
    const ofType = ids.get(type) ?? new Map<string, number>();
    ids.set(type, ofType.set(schemaVersion, id));
    return id;
  };
  return {
    idOf: (type: string, schemaVersion: string): number =>
      ids.get(type)?.get(schemaVersion) ?? add(type, schemaVersion),
    forget: () => {
      ids.clear();
    },
  };
};
