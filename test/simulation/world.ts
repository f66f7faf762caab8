import { createEngine } from '../../src/commands/engine/engine.ts';
import type { Engine, EngineSettings } from '../../src/commands/engine/engine.ts';
import type { SagaDeps, Sagas } from '../../src/commands/deps.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { register } from '../../src/commands/orchestration/register.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { steerSaga } from '../../src/commands/saga/steer-saga.ts';
import { answerTasks } from '../../src/commands/task/answer-tasks.ts';
import { heartbeatTasks } from '../../src/commands/task/heartbeat-tasks.ts';
import { pollTasks } from '../../src/commands/task/poll-tasks.ts';
import { attemptAggregate } from '../../src/domain/orchestration/attempt.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { SagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { Clock, Ids, Random } from '../../src/infra/clock/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import type { Keys } from '../../src/infra/keys/port.ts';
import type { TaskQueue } from '../../src/infra/task-queue/port.ts';

/** What one process is made of: ports only. */
export type Ports = {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly queue: TaskQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
};

/** Replaces a part of a process from outside: how planted bugs get in. */
export type Mutation = {
  readonly ports?: (ports: Ports) => Ports;
  readonly aggregate?: (aggregate: SagaAggregate) => SagaAggregate;
  readonly sagas?: (sagas: Sagas, ports: Ports) => Sagas;
};

export type WorldOptions = {
  readonly settings: EngineSettings;
  readonly cacheBytes: number;
  readonly mutation: Mutation;
  readonly onTrouble: (error: unknown) => void;
  /** The process loop has ended by itself. */
  readonly onEnd: (error: unknown) => void;
};

/** One process: the whole engine and every command, over simulated ports. */
export const createWorld = (given: Ports, options: WorldOptions) => {
  const { mutation, cacheBytes, settings, onTrouble } = options;
  const ports = mutation.ports?.(given) ?? given;
  const { store, clock } = ports;
  const executorDeps = { store, clock, cacheBytes };
  const orchestrations = createExecutor(executorDeps, orchestrationAggregate);
  const plain = createExecutor(executorDeps, mutation.aggregate?.(sagaAggregate) ?? sagaAggregate);
  const sagas = mutation.sagas?.(plain, ports) ?? plain;
  const deps: SagaDeps = { ...ports, sagas, orchestrations };
  const engine = createEngine({
    ...deps,
    store,
    settings,
    onTrouble: (_flowId, error) => {
      onTrouble(error);
    },
  });
  const running = new AbortController();
  void engine.run(running.signal).catch(options.onEnd);
  const attempts = createExecutor(executorDeps, attemptAggregate);
  return {
    engine,
    ...commandsOf(deps, engine, settings),
    register: register({ orchestrations, attempts, ids: ports.ids, transports: new Set(['http']) }),
  };
};
export type World = ReturnType<typeof createWorld>;

const commandsOf = (deps: SagaDeps, engine: Engine, { leaseMs }: EngineSettings) => ({
  startSaga: startSaga(deps),
  steer: steerSaga(deps),
  poll: pollTasks({ ...deps, directory: engine.directory, leaseMs }),
  answer: answerTasks(deps),
  heartbeat: heartbeatTasks({ ...deps, progress: engine.progress, leaseMs }),
});
