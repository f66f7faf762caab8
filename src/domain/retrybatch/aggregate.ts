import type { Aggregate } from '../aggregate.ts';
import { decide, evolve, initialRetryBatch } from './decide.ts';
import type { RetryBatchCommand, RetryBatchRejection, RetryBatchState } from './decide.ts';
import { retryBatchSchemaVersion, parseRetryBatchEvent } from './events.ts';
import type { RetryBatchEvent } from './events.ts';

export type RetryBatchAggregate = Aggregate<
  RetryBatchCommand,
  RetryBatchState,
  RetryBatchEvent,
  RetryBatchRejection
>;

/** Stream `retrybatch-<uuid>`: what was asked for at once, and what became of each. */
export const retryBatchAggregate: RetryBatchAggregate = {
  category: 'retrybatch',
  decider: { initial: initialRetryBatch, decide, evolve },
  schemaVersion: retryBatchSchemaVersion,
  parse: parseRetryBatchEvent,
};

export const retryBatchStream = (batchId: string): string => `retrybatch-${batchId}`;
