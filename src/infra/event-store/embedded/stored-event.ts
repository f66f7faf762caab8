import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent, StoredMetadata } from '../port.ts';
import { dataIn, unpackBody } from './body.ts';
import { cached } from './cached.ts';
import { timeTexts } from './common.ts';
import type { Common } from './metadata-bytes.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import { nameOfStream, perAppend, typeOfId } from './row-names.ts';

/**
 * Turns rows into stored events without checking the hash chain, which is most of what a read costs: for
 * readers whose result can be made again, never for what is served or exported. @throws RangeError, SyntaxError
 */
export const unverifiedEvents = (db: DatabaseSync): ((row: EventRow) => StoredEvent) => {
  const streamName = cached(nameOfStream(db));
  const typeOf = cached(typeOfId(db));
  const metadataOf = perAppend(db, metadataMaker());
  return ({ position, streamId, revision, typeId, body: bytes }) => {
    const stream = streamName(streamId);
    const body = unpackBody(stream, bytes);
    const { name: type, schemaVersion } = typeOf(typeId);
    return {
      stream,
      revision,
      position: toPosition(position),
      eventId: body.eventId,
      type,
      data: parsed(dataIn(body)),
      metadata: metadataOf(stream, position, body)(schemaVersion),
      hash: body.hash,
    };
  };
};

type MetadataOf = (schemaVersion: string) => StoredMetadata;

/** Events of one append and version have one metadata object. */
const metadataMaker = (): ((common: Common) => MetadataOf) => {
  const timeText = timeTexts();
  return ({ metadata, recordedAtMs }) => {
    const recordedAt = timeText(recordedAtMs);
    let last: StoredMetadata | undefined;
    return (schemaVersion) => {
      if (last?.schemaVersion !== schemaVersion) last = { ...metadata, recordedAt, schemaVersion };
      return last;
    };
  };
};

const parsed = (data: string): unknown => JSON.parse(data);
