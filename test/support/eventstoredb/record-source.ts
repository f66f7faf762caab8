import type { EventLog } from './log.ts';
import { comparePositions } from './log-types.ts';
import type { LogPosition, LogRecord } from './log-types.ts';
import { indexOf } from './reading.ts';
import type { From } from './reading.ts';
import { isRetained } from './stream-metadata.ts';

/** What a subscription walks through: each record once, after where it starts, as far as replicated. */
export type RecordSource = {
  readonly next: () => LogRecord | undefined;
  readonly isTombstoned: () => boolean;
};

export const allRecords = (log: EventLog, from: From<LogPosition>): RecordSource => {
  let after = from === 'start' ? undefined : from === 'end' ? log.visible().at(-1)?.position : from;
  const indexAfter = (records: readonly LogRecord[]): number => {
    if (after === undefined) return 0;
    const index = indexOf(records, after);
    const record = records[index];
    return record !== undefined && comparePositions(record.position, after) === 0 ? index + 1 : index;
  };
  return {
    isTombstoned: () => false,
    next: () => {
      const records = log.visible();
      const record = records[indexAfter(records)];
      after = record?.position ?? after;
      return record;
    },
  };
};

export const streamRecords = (log: EventLog, stream: string, from: From<bigint>): RecordSource => {
  let after = from === 'start' ? -1n : from === 'end' ? log.stateOf(stream).last : from;
  const isDue = (record: LogRecord): boolean => record.revision > after && log.isVisible(record);
  return {
    isTombstoned: () => log.stateOf(stream).isTombstoned,
    next: () => {
      const { last, records } = log.stateOf(stream);
      const metadata = log.metadata(stream);
      const end = { last, now: log.now() };
      const record = records.find((each) => isDue(each) && isRetained(each, metadata, end));
      after = record?.revision ?? after;
      return record;
    },
  };
};
