import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent, StoredMetadata } from '../port.ts';
import type { Body } from './body.ts';
import { dataIn, hashIn, unpackBody } from './body.ts';
import { timeText } from './common.ts';
import type { Common } from './metadata-bytes.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import { bytesIn, textIn } from './row.ts';

type Shared = { readonly first: number; readonly common: Common; readonly recordedAt: string };
type Type = { readonly name: string; readonly schemaVersion: string };

const KEPT = 20_000;

/**
 * Turns rows into stored events without checking the hash chain, which is most of what a read costs: for
 * readers whose result can be made again, never for what is served or exported. @throws RangeError, SyntaxError
 */
export const unverifiedEvents = (db: DatabaseSync): ((row: EventRow) => StoredEvent) => {
  const streamName = cached(nameOfStream(db));
  const typeOf = cached(typeOfId(db));
  // The events of one append follow one another.
  let last: Shared | undefined;
  const bodyAt = db.prepare('SELECT body FROM events WHERE position = ?');
  const sharedOf = (stream: string, position: number, body: Body): Shared => {
    const first = position - body.index;
    if (last?.first === first) return last;
    const common = body.common ?? unpackBody(stream, bytesIn(bodyAt.get(first)?.['body'])).common;
    if (common === undefined) throw new RangeError('the metadata of its append is missing');
    const { recordedAtMs } = common;
    // Appends of one commit share their time, and writing it down is dear.
    const recordedAt = recordedAtMs === last?.common.recordedAtMs ? last.recordedAt : timeText(recordedAtMs);
    last = { first, common, recordedAt };
    return last;
  };
  return ({ position, streamId, revision, typeId, body: bytes }) => {
    const stream = streamName(streamId);
    const body = unpackBody(stream, bytes);
    const { name: type, schemaVersion } = typeOf(typeId);
    const { common, recordedAt } = sharedOf(stream, position, body);
    return {
      stream,
      revision,
      position: toPosition(position),
      eventId: body.eventId,
      type,
      data: parsed(dataIn(body)),
      metadata: { ...common.metadata, recordedAt, schemaVersion } satisfies StoredMetadata,
      hash: hashIn(body),
    };
  };
};

const parsed = (data: string): unknown => JSON.parse(data);

/** Forgets everything once it is full: cheaper than to know what was used last. */
const cached = <Value>(load: (id: number) => Value): ((id: number) => Value) => {
  const known = new Map<number, Value>();
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    if (known.size >= KEPT) known.clear();
    const value = load(id);
    known.set(id, value);
    return value;
  };
};

const nameOfStream = (db: DatabaseSync): ((id: number) => string) => {
  const select = db.prepare('SELECT name FROM streams WHERE id = ?');
  return (id) => textIn(select.get(id)?.['name']);
};

const typeOfId = (db: DatabaseSync): ((id: number) => Type) => {
  const select = db.prepare('SELECT name, schema_version FROM types WHERE id = ?');
  return (id) => {
    const row = select.get(id);
    return { name: textIn(row?.['name']), schemaVersion: textIn(row?.['schema_version']) };
  };
};
