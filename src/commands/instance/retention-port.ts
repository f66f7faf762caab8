import type { RetentionAggregate } from '../../domain/retention/aggregate.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { ExecutorOf } from '../deps.ts';

export type RetentionRuns = ExecutorOf<RetentionAggregate>;

/**
 * What retention asks of read models: which instances to look at, and what might still need them. Nothing is decided
 * by it but what to leave for the next run; each deletion is decided on the instance's own stream.
 */
export type RetentionReads = {
  /** Ids of stored instances made before, the oldest first, up to 500 at a time. */
  readonly madeBefore: (cutoff: string, signal: AbortSignal) => AsyncIterable<readonly string[]>;
  /** Ids of deliveries that were refused before and not erased since, the oldest first, up to 500 at a time. */
  readonly refusedBefore: (cutoff: string, signal: AbortSignal) => AsyncIterable<readonly string[]>;
  /** Runs under these correlation ids that had not ended. */
  readonly liveRuns: (correlationIds: readonly string[]) => Promise<readonly RunOf[]>;
  /** Dead letters that name these instances; only those that were open, where asked for. */
  readonly letters: (instanceIds: readonly string[], which: 'open' | 'all') => Promise<readonly LetterOf[]>;
  /** Resolves once runs and letters are reflected up to a position; rejects when the signal aborts first. */
  readonly caughtUp: (position: Position, signal: AbortSignal) => Promise<void>;
};

export type RunOf = { readonly flowId: string; readonly correlationId: string };
export type LetterOf = { readonly letterId: string; readonly instanceId: string };
