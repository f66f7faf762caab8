import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Position } from '../port.ts';
import { toWire } from './position.ts';

/** The client's own messages. Built here and not by it, so that bytes and filters are ours. */
export type ReadRequest = Parameters<StreamsClient['read']>[0];
export type AppendMessage = InstanceType<typeof streams.AppendReq>;

export type ProposedEvent = {
  readonly eventId: string;
  readonly type: string;
  /** Canonical JSON. */
  readonly data: string;
  /** Canonical JSON. */
  readonly metadata: string;
};

// Events looked at between two checkpoints of a filtered reading are window times interval.
const WINDOW = 256;
const CHECKPOINT_INTERVAL = 4;

const { ReadReq, AppendReq } = streams;
const FORWARDS = ReadReq.Options.ReadDirection.FORWARDS;
const BACKWARDS = ReadReq.Options.ReadDirection.BACKWARDS;

/** Up to `count` (≥ 1) events of one stream, from a revision or the end, inclusive. */
export const streamRequest = (
  stream: string,
  from: number | 'end',
  direction: 'forwards' | 'backwards',
  count: number,
): ReadRequest => {
  const place = new ReadReq.Options.StreamOptions().setStreamIdentifier(identifier(stream));
  if (from === 'end') place.setEnd(new shared.Empty());
  else place.setRevision(String(from));
  const options = baseOptions(direction === 'forwards' ? FORWARDS : BACKWARDS)
    .setStream(place)
    .setCount(String(count))
    .setNoFilter(new shared.Empty());
  return new ReadReq().setOptions(options);
};

/** Everything after a position of streams with one of the prefixes: history, then live. */
export const followRequest = (after: Position, prefixes: readonly string[]): ReadRequest => {
  const options = baseOptions(FORWARDS)
    .setAll(allFrom(after))
    .setSubscription(new ReadReq.Options.SubscriptionOptions())
    .setFilter(prefixFilter(prefixes));
  return new ReadReq().setOptions(options);
};

/** The newest `count` events of streams with the prefix, before a position or from the end. */
export const newestRequest = (before: Position | undefined, prefix: string, count: number): ReadRequest => {
  const place =
    before === undefined ? new ReadReq.Options.AllOptions().setEnd(new shared.Empty()) : allFrom(before);
  const options = baseOptions(BACKWARDS)
    .setAll(place)
    .setCount(String(count))
    .setFilter(prefixFilter([prefix]));
  return new ReadReq().setOptions(options);
};

/** A revision of -1 means that the stream must not exist. */
export const appendMessages = (
  stream: string,
  revision: number,
  events: readonly ProposedEvent[],
): readonly AppendMessage[] => {
  const options = new AppendReq.Options().setStreamIdentifier(identifier(stream));
  if (revision < 0) options.setNoStream(new shared.Empty());
  else options.setRevision(String(revision));
  return [
    new AppendReq().setOptions(options),
    ...events.map((event) => new AppendReq().setProposedMessage(proposed(event))),
  ];
};

const proposed = ({ eventId, type, data, metadata }: ProposedEvent) => {
  const message = new AppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(eventId))
    .setData(Buffer.from(data))
    .setCustomMetadata(Buffer.from(metadata));
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  return message;
};

const baseOptions = (direction: typeof FORWARDS | typeof BACKWARDS) =>
  new ReadReq.Options()
    .setReadDirection(direction)
    .setResolveLinks(false)
    .setUuidOption(new ReadReq.Options.UUIDOption().setString(new shared.Empty()));

const allFrom = (position: Position) => {
  const wire = toWire(position);
  const all = new ReadReq.Options.AllOptions();
  if (wire === undefined) return all.setStart(new shared.Empty());
  return all.setPosition(
    new ReadReq.Options.Position().setCommitPosition(wire.commit).setPreparePosition(wire.prepare),
  );
};

const prefixFilter = (prefixes: readonly string[]) =>
  new ReadReq.Options.FilterOptions()
    .setStreamIdentifier(new ReadReq.Options.FilterOptions.Expression().setPrefixList([...prefixes]))
    .setMax(WINDOW)
    .setCheckpointintervalmultiplier(CHECKPOINT_INTERVAL);

const identifier = (stream: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
