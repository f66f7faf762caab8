import type { StoredEvent, StoredMetadata } from '../port.ts';
import { bodyIn, identityIn } from './body.ts';
import type { Cursor } from './bytes.ts';
import { commonReader } from './common-bytes.ts';
import { timeTexts } from './common.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import type { Known } from './row-names.ts';
import { perAppend } from './row-names.ts';

/**
 * Turns rows into stored events without checking the hash chain: it was checked, or the reader's result can be made
 * again. Nothing else is served or exported. @throws RangeError, SyntaxError
 */
export const eventDecoder = (known: Known): ((row: EventRow) => StoredEvent) => {
  const metadataOf = perAppend(known, metadataMaker());
  return (row) => {
    const stream = known.streamOf(row.streamId);
    const body = bodyIn(row);
    const { name: type, schemaVersion } = known.typeOf(row.typeId);
    const { hash, eventId } = identityIn(row);
    const { revision, position } = row;
    const data = parsed(row.bytes.toString('utf8', body.data, row.end));
    const metadata = metadataOf(stream, row, body)(schemaVersion);
    return { stream, revision, position: toPosition(position), eventId, type, data, metadata, hash };
  };
};

type MetadataOf = (schemaVersion: string) => StoredMetadata;

/** Events of one append and version have one metadata object. */
const metadataMaker = (): ((from: Cursor, stream: string) => MetadataOf) => {
  const readCommon = commonReader();
  const timeText = timeTexts();
  return (from, stream) => {
    const { metadata, recordedAtMs } = readCommon(from, stream);
    const recordedAt = timeText(recordedAtMs);
    let last: StoredMetadata | undefined;
    return (schemaVersion) => {
      if (last?.schemaVersion !== schemaVersion) last = { ...metadata, recordedAt, schemaVersion };
      return last;
    };
  };
};

const parsed = (data: string): unknown => JSON.parse(data);
