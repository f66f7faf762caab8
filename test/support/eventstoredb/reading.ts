import type { EventLog } from './log.ts';
import type { StreamState } from './log-storage.ts';
import { comparePositions, TOMBSTONE_REVISION } from './log-types.ts';
import type { LogPosition, LogRecord } from './log-types.ts';
import { isRetained, isSoftDeleted } from './stream-metadata.ts';

export type From<T> = T | 'start' | 'end';
export type Matches = (record: LogRecord) => boolean;

export type StreamRead =
  | { readonly kind: 'events'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'deleted' };

const revisionOf = (from: From<bigint>): bigint => {
  if (from === 'start') return 0n;
  return from === 'end' ? TOMBSTONE_REVISION : from;
};

/** Never written, or not yet as far as a reader may know. A stream whose events were all scavenged is known. */
const isUnknown = ({ last, records }: StreamState, replicated: readonly LogRecord[]): boolean =>
  last < 0n || (replicated.length === 0 && records.length > 0);

/** What a read of a stream shows, in the order asked: replicated, not truncated, not too old, not too many. */
export const readStream = (
  log: EventLog,
  stream: string,
  options: { readonly from: From<bigint>; readonly isBackwards: boolean },
): StreamRead => {
  const state = log.stateOf(stream);
  if (state.isTombstoned) return { kind: 'deleted' };
  const metadata = log.metadata(stream);
  const replicated = state.records.filter(log.isVisible);
  if (isUnknown(state, replicated) || isSoftDeleted(metadata)) return { kind: 'not_found' };
  const end = { last: replicated.at(-1)?.revision ?? state.last, now: log.now() };
  const records = replicated.filter((record) => isRetained(record, metadata, end));
  const revision = revisionOf(options.from);
  return {
    kind: 'events',
    records: options.isBackwards
      ? records.filter((record) => record.revision <= revision).toReversed()
      : records.filter((record) => record.revision >= revision),
  };
};

/** Index of the first record that is not before the position. */
export const indexOf = (records: readonly LogRecord[], position: LogPosition): number => {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const record = records[middle];
    if (record !== undefined && comparePositions(record.position, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** `$all` from a position: forwards with the event there, backwards without it. */
export const readAll = (
  log: EventLog,
  options: { readonly from: From<LogPosition>; readonly isBackwards: boolean; readonly matches: Matches },
): readonly LogRecord[] => {
  const records = log.visible();
  const { from, isBackwards, matches } = options;
  const at = from === 'start' ? 0 : from === 'end' ? records.length : indexOf(records, from);
  const range = isBackwards ? records.slice(0, at).toReversed() : records.slice(at);
  return range.filter(matches);
};
