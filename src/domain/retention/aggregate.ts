import type { Aggregate } from '../aggregate.ts';
import type { RetentionCommand, RetentionRejection } from './commands.ts';
import { decide } from './decide.ts';
import { retentionSchemaVersion, parseRetentionEvent } from './events.ts';
import type { RetentionEvent } from './events.ts';
import { evolve, initialRetention } from './state.ts';
import type { RetentionState } from './state.ts';

export type RetentionAggregate = Aggregate<
  RetentionCommand,
  RetentionState,
  RetentionEvent,
  RetentionRejection
>;

/** Stream `retention-instance`: the runs that delete instances whose time is up, one after the other. */
export const retentionAggregate: RetentionAggregate = {
  category: 'retention',
  decider: { initial: initialRetention, decide, evolve },
  schemaVersion: retentionSchemaVersion,
  parse: parseRetentionEvent,
};

export const RETENTION_STREAM = 'retention-instance';
