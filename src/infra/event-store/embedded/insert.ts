import type { DatabaseSync } from 'node:sqlite';
import { chainHash } from '../hash.ts';
import { packBody } from './body.ts';
import { metadataText } from './common.ts';
import type { StreamHead } from './heads.ts';
import type { AppendRequest, EncodedEvent } from './protocol.ts';
import { numberIn } from './row.ts';

export type Inserted = { readonly head: StreamHead; readonly hashes: readonly string[] };

/** Where and when an append is written. */
export type Place = { readonly position: number; readonly recordedAtMs: number; readonly head: StreamHead };

export type Inserts = {
  /** Writes the events of one append behind `head`, the first at `position`. */
  readonly append: (request: AppendRequest, place: Place) => Inserted;
  /** Forgets what the transaction that is being rolled back had added. */
  readonly rollback: () => void;
};

export const insertsInto = (db: DatabaseSync): Inserts => {
  const insert = db.prepare(
    'INSERT INTO events (position, stream_id, revision, type_id, body) VALUES (?, ?, ?, ?, ?)',
  );
  const types = typeIds(db);
  return {
    rollback: types.forget,
    append: (request, { position, recordedAtMs, head }) => {
      let last = head;
      const hashes: string[] = [];
      request.events.forEach((event, index) => {
        const { body, hash } = packed(request, { event, index, recordedAtMs, last });
        const revision = last.revision + 1;
        insert.run(position + index, head.id, revision, types.idOf(event), body);
        hashes.push(hash);
        last = { id: head.id, revision, hash };
      });
      return { head: last, hashes };
    },
  };
};

type Next = {
  readonly event: EncodedEvent;
  readonly index: number;
  readonly recordedAtMs: number;
  readonly last: StreamHead;
};

const packed = ({ stream, metadata, common }: AppendRequest, next: Next): { body: Buffer; hash: string } => {
  const { event, index, recordedAtMs, last } = next;
  const hash = chainHash(last.hash, {
    stream,
    revision: last.revision + 1,
    eventId: event.eventId,
    type: event.type,
    data: event.data,
    metadata: metadataText(common, recordedAtMs, event.schemaVersion),
  });
  const body = packBody(stream, {
    hash,
    eventId: event.eventId,
    index,
    common: index === 0 ? { metadata, recordedAtMs } : undefined,
    data: Buffer.from(event.data),
  });
  return { body, hash };
};

const typeIds = (db: DatabaseSync) => {
  const ids = new Map<string, number>();
  const find = db.prepare('SELECT id FROM types WHERE name = ? AND schema_version = ?');
  const insert = db.prepare('INSERT INTO types (name, schema_version) VALUES (?, ?)');
  const load = ({ type, schemaVersion }: EncodedEvent): number => {
    const row = find.get(type, schemaVersion);
    return row === undefined ? Number(insert.run(type, schemaVersion).lastInsertRowid) : numberIn(row['id']);
  };
  const idOf = (event: EncodedEvent): number => {
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
