import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { chainHash, HASH_BYTES, ZERO_HASH } from '../hash.ts';
import { unpackBody } from './body.ts';
import type { Body } from './body.ts';
import { boundedMap } from './bounded-map.ts';
import type { BoundedMap } from './bounded-map.ts';
import { metadataText } from './common.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import { bytesIn, textIn } from './row.ts';

type Stream = { readonly name: string; readonly revision: number; readonly hash: string };
type Shared = { readonly text: string; readonly recordedAtMs: number };
type Type = { readonly name: string; readonly schemaVersion: string };

type Unpacked = { readonly row: EventRow; readonly stream: string; readonly body: Body };

type Source = {
  readonly streamName: (id: number) => string;
  readonly type: (id: number) => Type;
  readonly bodyAt: (position: number) => Uint8Array;
  readonly hashAt: (streamId: number, revision: number) => string;
};

type Caches = {
  readonly streams: BoundedMap<number, Stream>;
  readonly types: BoundedMap<number, Type>;
  readonly shared: BoundedMap<number, Shared>;
};

const STREAMS = 20_000;
const TYPES = 1000;
const APPENDS = 1000;

/**
 * Turns rows into the JSON text of a `StoredEvent`. Every event is checked against the hash chain first, so
 * bytes that are not what was written are reported and never served (F-S-04).
 *
 * The text is what crosses threads: parsing one text is several times cheaper than cloning many objects.
 */
export const storedText = (db: DatabaseSync): ((row: EventRow) => string) => {
  const source = sourceOf(db);
  const caches: Caches = {
    streams: boundedMap(STREAMS),
    types: boundedMap(TYPES),
    shared: boundedMap(APPENDS),
  };
  return (row) => {
    const place = { name: `#${String(row.streamId)}` };
    try {
      place.name = nameOf(row.streamId, caches, source);
      return textOf(row, place.name, caches, source);
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new LogDamaged(place.name, row.revision, detail);
    }
  };
};

const textOf = (row: EventRow, stream: string, caches: Caches, source: Source): string => {
  const { revision } = row;
  const body = unpackBody(stream, row.body);
  const type = typeOf(row.typeId, caches, source);
  const shared = sharedOf({ row, stream, body }, caches, source);
  const metadata = metadataText(shared.text, shared.recordedAtMs, type.schemaVersion);
  const { eventId, data } = body;
  const hash = chainHash(prevOf(row, caches, source), {
    stream,
    revision,
    eventId,
    type: type.name,
    data,
    metadata,
  });
  if (hash !== body.hash) throw new LogDamaged(stream, revision, 'the hash does not match');
  caches.streams.set(row.streamId, { name: stream, revision, hash });
  return (
    `{"stream":${JSON.stringify(stream)},"revision":${String(revision)},"position":"${toPosition(row.position)}",` +
    `"eventId":"${eventId}","type":${JSON.stringify(type.name)},"data":${Buffer.from(data).toString()},` +
    `"metadata":${metadata},"hash":"${hash}"}`
  );
};

const nameOf = (id: number, { streams }: Caches, source: Source): string =>
  streams.get(id)?.name ?? source.streamName(id);

const typeOf = (id: number, { types }: Caches, source: Source): Type => {
  const known = types.get(id);
  if (known !== undefined) return known;
  const type = source.type(id);
  types.set(id, type);
  return type;
};

const prevOf = (row: EventRow, { streams }: Caches, source: Source): string => {
  if (row.revision === 0) return ZERO_HASH;
  const last = streams.get(row.streamId);
  if (last?.revision === row.revision - 1) return last.hash;
  return source.hashAt(row.streamId, row.revision - 1);
};

const sharedOf = ({ row, stream, body }: Unpacked, { shared }: Caches, source: Source): Shared => {
  const first = row.position - body.index;
  const known = shared.get(first);
  if (known !== undefined) return known;
  const common = body.common ?? unpackBody(stream, source.bodyAt(first)).common;
  if (common === undefined) throw new RangeError('the metadata of its append is missing');
  // Read back with its keys in order and its strings well-formed, so this is canonical, at a third of the cost.
  const made = { text: JSON.stringify(common.metadata), recordedAtMs: common.recordedAtMs };
  shared.set(first, made);
  return made;
};

const sourceOf = (db: DatabaseSync): Source => {
  const stream = db.prepare('SELECT name FROM streams WHERE id = ?');
  const type = db.prepare('SELECT name, schema_version FROM types WHERE id = ?');
  const body = db.prepare('SELECT body FROM events WHERE position = ?');
  const hash = db.prepare(
    `SELECT substr(body, 1, ${String(HASH_BYTES)}) AS hash FROM events WHERE stream_id = ? AND revision = ?`,
  );
  return {
    streamName: (id) => textIn(stream.get(id)?.['name']),
    type: (id) => {
      const row = type.get(id);
      return { name: textIn(row?.['name']), schemaVersion: textIn(row?.['schema_version']) };
    },
    bodyAt: (position) => bytesIn(body.get(position)?.['body']),
    hashAt: (streamId, revision) =>
      Buffer.from(bytesIn(hash.get(streamId, revision)?.['hash'])).toString('hex'),
  };
};
