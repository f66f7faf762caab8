import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { LogDamaged } from '../errors.ts';
import type { Position } from '../port.ts';
import { isUuid } from '../embedded/uuid-bytes.ts';
import type { ReadResponse } from './driver.ts';
import { toPosition } from './position.ts';

/** One event as the server has it, before its content is looked at. */
export type Recorded = {
  /** Without the namespace. */
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly eventId: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly createdMs: number;
};

type WireEvent = ReadResp.ReadEvent.RecordedEvent;

const TICKS_PER_MS = 10_000n;

/** The event of an answer, if it has one. @throws LogDamaged that names stream and revision where parts are missing */
export const recordedIn = (response: ReadResponse, prefix: string): Recorded | undefined => {
  const event = response.getEvent()?.getEvent();
  if (event === undefined) return undefined;
  const stream = streamIn(event, prefix);
  const revision = Number(event.getStreamRevision());
  try {
    return { stream, revision, ...partsOf(event) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new LogDamaged(stream, revision, detail);
  }
};

const streamIn = (event: WireEvent, prefix: string): string => {
  const bytes = event.getStreamIdentifier()?.getStreamName_asU8();
  if (bytes === undefined) return 'unknown';
  const full = Buffer.from(bytes).toString();
  return full.startsWith(prefix) ? full.slice(prefix.length) : full;
};

const partsOf = (event: WireEvent): Omit<Recorded, 'stream' | 'revision'> => {
  const own = event.getMetadataMap();
  const type = own.get('type');
  const eventId = event.getId()?.getString() ?? '';
  if (!event.hasStreamIdentifier()) throw new RangeError('it names no stream');
  if (!isUuid(eventId)) throw new RangeError('its id is missing or no UUID');
  if (type === undefined || type === '') throw new RangeError('it has no type');
  return {
    position: toPosition({ commit: event.getCommitPosition(), prepare: event.getPreparePosition() }),
    eventId,
    type,
    data: event.getData_asU8(),
    metadata: event.getCustomMetadata_asU8(),
    createdMs: Number(BigInt(own.get('created') ?? '0') / TICKS_PER_MS),
  };
};

/** What a filtered reading has looked at, where an answer says so. */
export const checkpointIn = (response: ReadResponse): Position | undefined => {
  const checkpoint = response.getCheckpoint();
  if (checkpoint === undefined) return undefined;
  return toPosition({ commit: checkpoint.getCommitPosition(), prepare: checkpoint.getPreparePosition() });
};
