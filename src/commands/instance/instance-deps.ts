import type { InstanceAggregate } from '../../domain/instance/aggregate.ts';
import type { IntakeAggregate } from '../../domain/intake/aggregate.ts';
import type { RetryBatchAggregate } from '../../domain/retrybatch/aggregate.ts';
import type { SequenceAggregate } from '../../domain/sequence/aggregate.ts';
import type { Clock, Ids } from '../../infra/clock/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { ExecutorOf } from '../deps.ts';
import type { FlowHeadersOf } from './handlers.ts';

export type Instances = ExecutorOf<InstanceAggregate>;
export type Intakes = ExecutorOf<IntakeAggregate>;
export type Sequences = ExecutorOf<SequenceAggregate>;
export type RetryBatches = ExecutorOf<RetryBatchAggregate>;

/** What the commands on instances work with. */
export type InstanceDeps = {
  readonly instances: Instances;
  readonly intakes: Intakes;
  readonly sequences: Sequences;
  readonly retryBatches: RetryBatches;
  readonly keys: Keys;
  readonly ids: Ids;
  readonly clock: Pick<Clock, 'now'>;
  /** Who is asked for the headers of an instance that is to be retried. */
  readonly headersOf: FlowHeadersOf;
  /** One of a batch could not be asked for again: the code of a refusal, or what was thrown. The others go on. */
  readonly onRetryTrouble: (instanceId: string, problem: unknown) => void;
};
