import type { StoredEvent } from '../port.ts';
import { bodyIn, eventIdIn, hashIn } from './body.ts';
import { metadataReader } from './common-bytes.ts';
import { dataOf } from './data.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import type { Known, Part } from './row-names.ts';
import { perAppend } from './row-names.ts';

/** What a row says together with others. */
export type Decoded = Pick<StoredEvent, 'stream' | 'type' | 'data' | 'metadata'>;
type Make = (row: EventRow, decoded: Decoded) => StoredEvent;

/**
 * Turns rows into stored events without checking the hash chain: it was checked, or the reader's result can be made
 * again. Nothing else is served or exported. @throws RangeError, SyntaxError
 */
export const eventDecoder = (
  known: Known,
  make: Make = plainEvent,
): ((rows: readonly EventRow[]) => readonly StoredEvent[]) => {
  // Events of one append and version have one metadata object.
  const metadataOf = perAppend(known, metadataReader());
  const eventOf = (part: Part, data: unknown): StoredEvent => {
    const { row } = part;
    const stream = known.streamOf(row.streamId);
    const { name: type, schemaVersion } = known.typeOf(row.typeId);
    return make(row, { stream, type, data, metadata: metadataOf(stream, part, schemaVersion) });
  };
  return (rows) => {
    const parts = rows.map((row) => ({ row, body: bodyIn(row) }));
    const data = dataOf(parts);
    return parts.map((part, index) => eventOf(part, data[index]));
  };
};

const plainEvent: Make = (row, { stream, type, data, metadata }) => {
  const [position, eventId, hash] = [toPosition(row.position), eventIdIn(row), hashIn(row)];
  return { stream, revision: row.revision, position, eventId, type, data, metadata, hash };
};
