import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { HASH_BYTES } from '../hash.ts';
import { hashIn, unpackBody } from './body.ts';
import type { Body } from './body.ts';
import { boundedMap } from './bounded-map.ts';
import type { BoundedMap } from './bounded-map.ts';
import type { Hashed } from './chain-check.ts';
import { bytesHash } from './chain-check.ts';
import { aroundTime, timeTexts } from './common.ts';
import { NO_HASH } from './heads.ts';
import type { Packer } from './packer.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import { bytesIn, textIn } from './row.ts';

type Stream = { readonly name: string; readonly revision: number; readonly hash: string };
type Shared = { readonly text: string; readonly recordedAt: string };
/** `quoted`: the name as JSON. */
type Type = { readonly name: string; readonly schemaVersion: string; readonly quoted: string };

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
  readonly timeText: (ms: number) => string;
  readonly hash: (prev: string, event: Hashed) => string;
};

const STREAMS = 20_000;
const TYPES = 1000;
const APPENDS = 1000;

/** Writes a row as the JSON text of its `StoredEvent`. @throws LogDamaged */
export type StoredJson = (row: EventRow, out: Packer) => void;

/**
 * Every event is checked against the hash chain first, so bytes that are not what was written are reported and never
 * served (F-S-04).
 *
 * The text is what crosses threads, as bytes: those of the data are copied as they are, and parsing one text is several
 * times cheaper than cloning many objects.
 */
export const storedJson = (db: DatabaseSync): StoredJson => {
  const check = checking(db);
  return (row, out) => {
    writeJson(check(row), out);
  };
};

/** Checks a row against the hash chain. @throws LogDamaged */
export const storedCheck = (db: DatabaseSync): ((row: EventRow) => void) => checking(db);

const checking = (db: DatabaseSync): ((row: EventRow) => Checked) => {
  const source = sourceOf(db);
  const caches: Caches = {
    streams: boundedMap(STREAMS),
    types: boundedMap(TYPES),
    shared: boundedMap(APPENDS),
    timeText: timeTexts(),
    hash: bytesHash(),
  };
  return (row) => {
    const place = { name: `#${String(row.streamId)}` };
    try {
      place.name = nameOf(row.streamId, caches, source);
      return checked(row, place.name, caches, source);
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new LogDamaged(place.name, row.revision, detail);
    }
  };
};

type Checked = Hashed & { readonly row: EventRow; readonly quoted: string };

const checked = (row: EventRow, stream: string, caches: Caches, source: Source): Checked => {
  const { revision } = row;
  const body = unpackBody(stream, row.body);
  const { name: type, quoted, schemaVersion } = typeOf(row.typeId, caches, source);
  const shared = sharedOf({ row, stream, body }, caches, source);
  const metadata = aroundTime(shared.text, schemaVersion).join(shared.recordedAt);
  const event = { row, stream, revision, type, quoted, body, metadata };
  const hash = caches.hash(prevOf(row, caches, source), event);
  if (hash !== body.bytes.toString('latin1', 0, HASH_BYTES))
    throw new LogDamaged(stream, revision, 'the hash does not match');
  caches.streams.set(row.streamId, { name: stream, revision, hash });
  return event;
};

const writeJson = ({ row, stream, revision, quoted, body, metadata }: Checked, out: Packer): void => {
  out.raw(
    `{"stream":${JSON.stringify(stream)},"revision":${String(revision)},"position":"${toPosition(row.position)}",` +
      `"eventId":"${body.eventId}","type":${quoted},"data":`,
  );
  out.bytes(body.bytes.subarray(body.data));
  out.raw(`,"metadata":${metadata},"hash":"${hashIn(body)}"}`);
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
  if (row.revision === 0) return NO_HASH;
  const last = streams.get(row.streamId);
  if (last?.revision === row.revision - 1) return last.hash;
  return source.hashAt(row.streamId, row.revision - 1);
};

const sharedOf = ({ row, stream, body }: Unpacked, { shared, timeText }: Caches, source: Source): Shared => {
  const first = row.position - body.index;
  const known = shared.get(first);
  if (known !== undefined) return known;
  const common = body.common ?? unpackBody(stream, source.bodyAt(first)).common;
  if (common === undefined) throw new RangeError('the metadata of its append is missing');
  // Read back with its keys in order and its strings well-formed, so this is canonical, at a third of the cost.
  const made = { text: JSON.stringify(common.metadata), recordedAt: timeText(common.recordedAtMs) };
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
      const name = textIn(row?.['name']);
      return { name, schemaVersion: textIn(row?.['schema_version']), quoted: JSON.stringify(name) };
    },
    bodyAt: (position) => bytesIn(body.get(position)?.['body']),
    hashAt: (streamId, revision) =>
      Buffer.from(bytesIn(hash.get(streamId, revision)?.['hash'])).toString('latin1'),
  };
};
