import { aggregateOf } from '../aggregate.ts';
import { decide, evolve, initialRetryBatch } from './decide.ts';
import { retryBatchSchemaVersion, parseRetryBatchEvent } from './events.ts';

/** Stream `retrybatch-<uuid>`: what was asked for at once, and what became of each. */
export const retryBatchAggregate = aggregateOf({
  category: 'retrybatch',
  decider: { initial: initialRetryBatch, decide, evolve },
  schemaVersion: retryBatchSchemaVersion,
  parse: parseRetryBatchEvent,
});
export type RetryBatchAggregate = typeof retryBatchAggregate;

export const retryBatchStream = (batchId: string): string => `retrybatch-${batchId}`;
