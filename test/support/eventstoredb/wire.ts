import { Metadata, status } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type * as Shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, LogPosition, LogRecord, ProposedEvent } from './log-types.ts';

/** What ends a call with an error: the shape grpc-js takes from an `error` event. */
export type CallError = { readonly code: status; readonly details: string; readonly metadata: Metadata };

export const callError = (
  code: status,
  details: string,
  fields: Readonly<Record<string, string>> = {},
): CallError => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(fields)) metadata.set(key, value);
  return { code, details, metadata };
};

export const notLeaderError = (host: string, port: number): CallError =>
  callError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

export const streamName = (identifier: Shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

export const streamIdentifier = (stream: string): Shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));

const hexOf = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');

const structuredUuid = (uuid: Shared.UUID.Structured): string =>
  (hexOf(uuid.getMostSignificantBits()) + hexOf(uuid.getLeastSignificantBits())).replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    '$1-$2-$3-$4-$5',
  );

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Undefined for what is no UUID. */
export const uuidOf = (uuid: Shared.UUID | undefined): string | undefined => {
  const structured = uuid?.getStructured();
  const text = structured === undefined ? uuid?.getString().toLowerCase() : structuredUuid(structured);
  return text !== undefined && UUID.test(text) ? text : undefined;
};

type WireExpected = {
  hasNoStream: () => boolean;
  hasAny: () => boolean;
  hasStreamExists: () => boolean;
};

export const expectedOf = (options: WireExpected, revision: string): Expected => {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasAny()) return 'any';
  return options.hasStreamExists() ? 'stream_exists' : BigInt(revision);
};

type WireMessage = Streams.AppendReq.ProposedMessage | Streams.BatchAppendReq.ProposedMessage;

/** Undefined where the id is no UUID: the server refuses the request. */
export const proposedEvent = (message: WireMessage): ProposedEvent | undefined => {
  const id = uuidOf(message.getId());
  if (id === undefined) return undefined;
  return {
    id,
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
};

/** As the server measures an event against its largest append. */
export const sizeOf = (events: readonly ProposedEvent[]): number =>
  events.reduce((sum, { type, data, metadata }) => sum + type.length * 2 + data.length + metadata.length, 0);

/** Ticks of 100 ns, which the client divides back to milliseconds. */
const ticks = (milliseconds: number): string => (BigInt(milliseconds) * 10_000n).toString();

const recordedEvent = (record: LogRecord): Streams.ReadResp.ReadEvent.RecordedEvent => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setStreamRevision(record.revision.toString())
    .setCommitPosition(record.position.commit.toString())
    .setPreparePosition(record.position.prepare.toString())
    .setCustomMetadata(record.metadata)
    .setData(record.data);
  if (record.defect !== 'no_id') event.setId(new shared.UUID().setString(record.id));
  if (record.defect !== 'no_stream') event.setStreamIdentifier(streamIdentifier(record.stream));
  const map = event.getMetadataMap();
  if (record.defect !== 'no_type') map.set('type', record.type);
  map.set('content-type', record.contentType).set('created', ticks(record.created));
  return event;
};

export const readEvent = (record: LogRecord): Streams.ReadResp =>
  new streams.ReadResp().setEvent(
    new streams.ReadResp.ReadEvent()
      .setEvent(recordedEvent(record))
      .setCommitPosition(record.position.commit.toString()),
  );

export const checkpointAt = ({ commit, prepare }: LogPosition): Streams.ReadResp =>
  new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint()
      .setCommitPosition(commit.toString())
      .setPreparePosition(prepare.toString()),
  );

export const confirmation = (id: string): Streams.ReadResp =>
  new streams.ReadResp().setConfirmation(
    new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id),
  );

export const caughtUp = (): Streams.ReadResp =>
  new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const fellBehind = (): Streams.ReadResp =>
  new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind());

export const streamNotFound = (stream: string): Streams.ReadResp =>
  new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(stream)),
  );
