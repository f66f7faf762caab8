import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { retentionSchemaVersion, parseRetentionEvent } from './events.ts';
import { evolve, initialRetention } from './state.ts';

/** Stream `retention-instance`: the runs that delete instances whose time is up, one after the other. */
export const retentionAggregate = aggregateOf({
  category: 'retention',
  decider: { initial: initialRetention, decide, evolve },
  schemaVersion: retentionSchemaVersion,
  parse: parseRetentionEvent,
});
export type RetentionAggregate = typeof retentionAggregate;

export const RETENTION_STREAM = 'retention-instance';
