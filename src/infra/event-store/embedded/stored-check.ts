import type { DatabaseSync } from 'node:sqlite';
import { detailOf } from '../../sqlite/errors.ts';
import { LogDamaged } from '../errors.ts';
import { HASH_BYTES } from '../hash.ts';
import { bodyIn } from './body.ts';
import { cached } from './cached.ts';
import { hashedBytes, NO_HASH } from './chain-check.ts';
import { idOfStream, metadataParts } from './metadata-part.ts';
import { rowHash } from './row-hash.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import { bytesIn } from './row.ts';
import { perAppend } from './row-names.ts';
import type { Known } from './row-names.ts';

/** A stream and the last of its events that was checked. `hashed`: its name as the chain has it; `id`: see `idOfStream`. */
type Stream = {
  readonly name: string;
  readonly hashed: Uint8Array;
  readonly id: Uint8Array;
  revision: number;
  hash: string;
};
type Type = { readonly hashed: Uint8Array; readonly schemaVersion: string };

/**
 * Checks a row against the hash chain, so bytes that are not what was written are reported and never served (F-S-04).
 *
 * @throws LogDamaged
 */
export const storedCheck = (db: DatabaseSync, known: Known): ((row: EventRow) => void) => {
  const streamOf = streams(known);
  const check = checkIn(db, known);
  return (row) => {
    let stream: Stream | undefined;
    try {
      stream = streamOf(row.streamId);
      check(row, stream);
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      const name = stream?.name ?? `#${String(row.streamId)}`;
      throw new LogDamaged(name, row.revision, detailOf(error), toPosition(row.position));
    }
  };
};

const checkIn = (db: DatabaseSync, known: Known): ((row: EventRow, stream: Stream) => void) => {
  const typeOf = types(known);
  const partOf = metadataParts();
  const metadataOf = perAppend(known, (from, { id }: Stream, version) => partOf(from, id, version));
  const hashAt = storedHashes(db);
  const hashOf = rowHash();
  return (row, stream) => {
    const { revision } = row;
    const body = bodyIn(row);
    const type = typeOf(row.typeId);
    const metadata = metadataOf(stream, { row, body }, type.schemaVersion);
    const prev = stream.revision === revision - 1 ? stream.hash : hashAt(row.streamId, revision - 1);
    const hash = hashOf(row, body.data, { prev, stream: stream.hashed, type: type.hashed, metadata });
    if (!isStored(hash, row))
      throw new LogDamaged(stream.name, revision, 'the hash does not match', toPosition(row.position));
    stream.revision = revision;
    stream.hash = hash;
  };
};

/** Text of one character a byte against the bytes that a body begins with. */
const isStored = (hash: string, { bytes, start }: EventRow): boolean => {
  for (let at = 0; at < HASH_BYTES; at += 1) if (hash.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
};

const streams = ({ streamOf }: Known): ((id: number) => Stream) =>
  cached((id): Stream => {
    const name = streamOf(id);
    return { name, hashed: hashedBytes(name), id: idOfStream(name), revision: -1, hash: NO_HASH };
  }).of;

const types = ({ typeOf }: Known): ((id: number) => Type) =>
  cached((id) => {
    const { name, schemaVersion } = typeOf(id);
    return { hashed: hashedBytes(name), schemaVersion };
  }).of;

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
