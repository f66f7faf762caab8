import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { HASH_BYTES } from '../hash.ts';
import { unpackBody } from './body.ts';
import type { Body } from './body.ts';
import { cached } from './cached.ts';
import { binaryOf, bytesHash, hashedPart } from './chain-check.ts';
import { aroundTime, timeTexts } from './common.ts';
import { NO_HASH } from './heads.ts';
import type { Common } from './metadata-bytes.ts';
import type { Packer } from './packer.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import { bytesIn } from './row.ts';
import { nameOfStream, perAppend, typeOfId } from './row-names.ts';

/**
 * A stream and the last of its events that was checked. `hashed`: its name as the chain has it; `json`: as JSON. Both are
 * texts of one character a byte, as are a type's.
 */
type Stream = {
  readonly name: string;
  readonly hashed: string;
  readonly json: string;
  revision: number;
  hash: string;
};
type Type = { readonly hashed: string; readonly json: string; readonly schemaVersion: string };
type Metadata = { readonly hashed: Uint8Array; readonly json: Uint8Array };

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

type Checked = {
  readonly row: EventRow;
  readonly stream: Stream;
  readonly type: Type;
  readonly body: Body;
  readonly metadata: Metadata;
};

const checking = (db: DatabaseSync): ((row: EventRow) => Checked) => {
  const streamOf = streams(db);
  const check = checkIn(db);
  return (row) => {
    const place = { name: `#${String(row.streamId)}` };
    try {
      const stream = streamOf(row.streamId);
      place.name = stream.name;
      return check(row, stream);
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new LogDamaged(place.name, row.revision, detail);
    }
  };
};

const checkIn = (db: DatabaseSync): ((row: EventRow, stream: Stream) => Checked) => {
  const typeOf = types(db);
  const metadataOf = perAppend(db, metadataMaker());
  const hashAt = storedHashes(db);
  const hashOf = bytesHash();
  return (row, stream) => {
    const { revision, position } = row;
    const body = unpackBody(stream.name, row.body);
    const type = typeOf(row.typeId);
    const metadata = metadataOf(stream.name, position, body)(type.schemaVersion);
    const prev = stream.revision === revision - 1 ? stream.hash : hashAt(row.streamId, revision - 1);
    const identity = hashedPart(String(revision)) + hashedPart(body.eventId);
    const hash = hashOf(prev + stream.hashed + identity + type.hashed, body, metadata.hashed);
    if (hash !== body.bytes.toString('latin1', 0, HASH_BYTES))
      throw new LogDamaged(stream.name, revision, 'the hash does not match');
    stream.revision = revision;
    stream.hash = hash;
    return { row, stream, type, body, metadata };
  };
};

const writeJson = ({ row, stream, type, body, metadata }: Checked, out: Packer): void => {
  out.binary(
    `{"stream":${stream.json},"revision":${String(row.revision)},"position":"${toPosition(row.position)}",` +
      `"eventId":"${body.eventId}","type":${type.json},"data":`,
  );
  out.bytes(body.bytes.subarray(body.data));
  out.binary(',"metadata":');
  out.bytes(metadata.json);
  out.binary(`,"hash":"${body.hash}"}`);
};

const streams = (db: DatabaseSync): ((id: number) => Stream) => {
  const nameOf = nameOfStream(db);
  return cached((id) => {
    const name = nameOf(id);
    return {
      name,
      hashed: hashedPart(name),
      json: binaryOf(JSON.stringify(name)),
      revision: -1,
      hash: NO_HASH,
    };
  });
};

const types = (db: DatabaseSync): ((id: number) => Type) => {
  const typeOf = typeOfId(db);
  return cached((id) => {
    const { name, schemaVersion } = typeOf(id);
    return { hashed: hashedPart(name), json: binaryOf(JSON.stringify(name)), schemaVersion };
  });
};

const PREFIX_BYTES = 4;

/** Events of one append and version have one text. */
const metadataMaker = (): ((common: Common) => (schemaVersion: string) => Metadata) => {
  const timeText = timeTexts();
  return ({ metadata, recordedAtMs }) => {
    // Read back with its keys in order and its strings well-formed, so this is canonical, at a third of the cost.
    const text = JSON.stringify(metadata);
    const recordedAt = timeText(recordedAtMs);
    let last: (Metadata & { readonly schemaVersion: string }) | undefined;
    return (schemaVersion) => {
      if (last?.schemaVersion === schemaVersion) return last;
      const hashed = Buffer.from(hashedPart(aroundTime(text, schemaVersion).join(recordedAt)), 'latin1');
      last = { hashed, json: hashed.subarray(PREFIX_BYTES), schemaVersion };
      return last;
    };
  };
};

/** The hash of an event as it is stored. */
const storedHashes = (db: DatabaseSync): ((streamId: number, revision: number) => string) => {
  const select = db.prepare(
    `SELECT substr(body, 1, ${String(HASH_BYTES)}) AS hash FROM events WHERE stream_id = ? AND revision = ?`,
  );
  return (streamId, revision) =>
    revision < 0
      ? NO_HASH
      : Buffer.from(bytesIn(select.get(streamId, revision)?.['hash'])).toString('latin1');
};
