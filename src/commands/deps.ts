import type { OrchestrationAggregate } from '../domain/orchestration/aggregate.ts';
import type { SagaAggregate } from '../domain/saga/aggregate.ts';
import type { Aggregate } from '../domain/aggregate.ts';
import type { Clock, Ids, Random } from '../infra/clock/port.ts';
import type { Keys } from '../infra/keys/port.ts';
import type { TaskQueue } from '../infra/task-queue/port.ts';
import type { Executor } from './execute.ts';

export type ExecutorOf<Of> =
  Of extends Aggregate<infer Command, infer State, infer Event, infer Code>
    ? Executor<Command, State, Event, Code>
    : never;

export type Sagas = ExecutorOf<SagaAggregate>;
export type Orchestrations = ExecutorOf<OrchestrationAggregate>;

/** What the commands on runs and tasks work with. */
export type SagaDeps = {
  readonly sagas: Sagas;
  readonly orchestrations: Orchestrations;
  readonly keys: Keys;
  readonly queue: TaskQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
};
