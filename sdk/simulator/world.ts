import type { Orchestrations, SagaDeps, Sagas } from '../../src/commands/deps.ts';
import { createEngine } from '../../src/commands/engine/engine.ts';
import type { EngineSettings } from '../../src/commands/engine/engine.ts';
import { createFollower } from '../../src/commands/engine/follow.ts';
import { createSurroundings } from '../../src/commands/engine/surroundings.ts';
import type { Surroundings } from '../../src/commands/engine/surroundings.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import type { ExecutorDeps } from '../../src/commands/execute.ts';
import { register } from '../../src/commands/orchestration/register.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { steerSaga } from '../../src/commands/saga/steer-saga.ts';
import { abandonTasks } from '../../src/commands/task/abandon-tasks.ts';
import { answerTasks } from '../../src/commands/task/answer-tasks.ts';
import { heartbeatTasks } from '../../src/commands/task/heartbeat-tasks.ts';
import { pollTasks, releaseTasks } from '../../src/commands/task/poll-tasks.ts';
import { shiftOne } from '../../src/commands/timer/shift-one.ts';
import type { UnderWay } from '../../src/commands/timer/shift-one.ts';
import { steerTimers } from '../../src/commands/timer/steer-timers.ts';
import { attemptAggregate } from '../../src/domain/orchestration/attempt.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { SagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import type { Leases } from '../../src/infra/leases/port.ts';
import { whileHeld } from '../../src/infra/leases/singleton.ts';
import type { Snapshots } from '../../src/infra/snapshots/port.ts';

/** What one process is made of: ports only. */
export type Ports = Omit<SagaDeps, 'sagas' | 'orchestrations'> & {
  readonly store: EventStore;
  readonly leases: Leases;
  readonly snapshots: Snapshots;
};

/** Replaces a part of a process from outside: how planted bugs get in. */
export type Mutation = {
  readonly ports?: (ports: Ports) => Ports;
  readonly executors?: (deps: ExecutorDeps) => ExecutorDeps;
  readonly aggregate?: (aggregate: SagaAggregate) => SagaAggregate;
  readonly sagas?: (sagas: Sagas, ports: Ports) => Sagas;
  readonly orchestrations?: (orchestrations: Orchestrations) => Orchestrations;
};

export type WorldOptions = {
  readonly settings: EngineSettings;
  readonly cacheBytes: number;
  readonly mutation: Mutation;
  /** As on servers: one of many processes, which take turns at the reactor under a lease of this length. */
  readonly shared: { readonly isReactor: boolean; readonly leaseMs: number } | null;
  readonly onTrouble: (error: unknown) => void;
  /** The process loop has ended by itself; never where there are many processes. */
  readonly onEnd: (error: unknown) => void;
};

/** One process: the whole engine and every command, over simulated ports. */
export const createWorld = (given: Ports, options: WorldOptions) => {
  const ports = options.mutation.ports?.(given) ?? given;
  const { deps, attempts } = depsOf(ports, options);
  const surroundings = createSurroundings();
  const running = new AbortController();
  const live = options.shared === null ? alone : oneOfMany;
  void live(deps, surroundings, options, running.signal).catch(options.onEnd);
  return {
    ...commandsOf(deps, surroundings, options),
    register: register({ ...deps, attempts, transports: new Set(['http']) }),
    /** Ends in good order: whatever it holds is given back. */
    stop: (): void => {
      running.abort();
    },
  };
};
export type World = ReturnType<typeof createWorld>;

type Deps = SagaDeps & Ports;

const same = <Value>(value: Value): Value => value;

const depsOf = (ports: Ports, { mutation, cacheBytes, shared }: WorldOptions) => {
  const { store, clock } = ports;
  const {
    executors = same,
    aggregate = same,
    sagas: changed = same,
    orchestrations: replaced = same,
  } = mutation;
  const given = executors({ store, clock, cacheBytes, isShared: shared !== null });
  const followed = { ...given, isFollowed: true };
  const orchestrations = replaced(createExecutor(followed, orchestrationAggregate));
  const sagas = changed(createExecutor(given, aggregate(sagaAggregate)), ports);
  const deps: Deps = { ...ports, sagas, orchestrations };
  return { deps, attempts: createExecutor(given, attemptAggregate) };
};

type Run = (
  deps: Deps,
  surroundings: Surroundings,
  options: WorldOptions,
  signal: AbortSignal,
) => Promise<unknown>;

const engineOf = (deps: Deps, surroundings: Surroundings, { settings, onTrouble }: WorldOptions) =>
  createEngine({
    ...deps,
    surroundings,
    settings,
    onTrouble: (_flowId, error) => {
      onTrouble(error);
    },
  });

/** The embedded form: the reactor is what follows the log, and where the log fails the process ends. */
const alone: Run = (deps, surroundings, options, signal) => engineOf(deps, surroundings, options).run(signal);

/** On servers each follows the log, and the reactor is a duty of whoever holds its lease. */
const oneOfMany: Run = (deps, surroundings, options, signal) => {
  const { shared, onTrouble } = options;
  const follower = createFollower({ ...deps, ...surroundings, onTrouble });
  const reactor = whileHeld({
    ...deps,
    name: 'reactor',
    holder: deps.ids.next(),
    ttlMs: shared?.leaseMs ?? 0,
    work: (held) => engineOf(deps, surroundings, options).run(held),
    onTrouble,
  });
  return Promise.all([follower.run(signal), ...(shared?.isReactor === true ? [reactor.run(signal)] : [])]);
};

const commandsOf = (
  deps: Deps,
  { directory, progress }: Surroundings,
  { settings: { leaseMs }, onTrouble }: WorldOptions,
) => ({
  startSaga: startSaga(deps),
  steer: steerSaga(deps),
  timers: {
    ...steerTimers(deps),
    shiftOne: (shift: UnderWay, flowId: string) => shiftOne(deps, shift, flowId),
  },
  poll: pollTasks({
    ...deps,
    ...{ directory, leaseMs },
    onUnreadable: (_flowId, error) => {
      onTrouble(error);
    },
  }),
  release: releaseTasks(deps),
  abandon: abandonTasks(deps),
  answer: answerTasks(deps),
  heartbeat: heartbeatTasks({ ...deps, progress, leaseMs }),
});
