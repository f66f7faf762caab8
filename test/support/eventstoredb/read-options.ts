import streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { LogPosition, LogRecord } from './log-types.ts';
import type { From, Matches } from './reading.ts';
import { streamName } from './wire.ts';

type Options = Streams.ReadReq.Options;

/** The server's own window where the client names none. */
const DEFAULT_WINDOW = 32;

export type ReadOptions = {
  /** Undefined reads `$all`. */
  readonly stream: string | undefined;
  readonly fromRevision: From<bigint>;
  readonly fromPosition: From<LogPosition>;
  readonly isBackwards: boolean;
  readonly isSubscription: boolean;
  readonly count: number;
  readonly matches: Matches;
  /** After how many looked-at records a filtered subscription tells a checkpoint; undefined without a filter. */
  readonly checkpointEvery: number | undefined;
};

const revisionOf = (options: Streams.ReadReq.Options.StreamOptions | undefined): From<bigint> => {
  if (options === undefined || options.hasStart()) return 'start';
  return options.hasEnd() ? 'end' : BigInt(options.getRevision());
};

const positionOf = (options: Streams.ReadReq.Options.AllOptions | undefined): From<LogPosition> => {
  const position = options?.getPosition();
  if (position !== undefined) {
    return { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) };
  }
  return options?.hasEnd() === true ? 'end' : 'start';
};

const matching = (filter: Streams.ReadReq.Options.FilterOptions | undefined): Matches => {
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (filter === undefined || expression === undefined) return () => true;
  const textOf = ({ stream, type }: LogRecord) => (filter.hasStreamIdentifier() ? stream : type);
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (record) => prefixes.some((prefix) => textOf(record).startsWith(prefix));
  const regex = new RegExp(expression.getRegex());
  return (record) => regex.test(textOf(record));
};

export const readOptions = (options: Options): ReadOptions => {
  const stream = options.getStream();
  const filter = options.getFilter();
  const window = filter?.hasMax() === true ? filter.getMax() : DEFAULT_WINDOW;
  return {
    stream: stream === undefined ? undefined : streamName(stream.getStreamIdentifier()),
    fromRevision: revisionOf(stream),
    fromPosition: positionOf(options.getAll()),
    isBackwards: options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS,
    isSubscription: options.hasSubscription(),
    count: options.hasCount() ? Number(options.getCount()) : Number.POSITIVE_INFINITY,
    matches: matching(filter),
    checkpointEvery: filter === undefined ? undefined : window * filter.getCheckpointintervalmultiplier(),
  };
};
