import type { FastifyBaseLogger } from 'fastify';
import { effectIdOf } from './commands/deterministic-ids.ts';
import { createEngine } from './commands/engine/engine.ts';
import type { Engine } from './commands/engine/engine.ts';
import { createExecutor } from './commands/execute.ts';
import { refuseRegistration, register } from './commands/orchestration/register.ts';
import { startSaga } from './commands/saga/start-saga.ts';
import { steerSaga } from './commands/saga/steer-saga.ts';
import { answerTasks } from './commands/task/answer-tasks.ts';
import { heartbeatTasks } from './commands/task/heartbeat-tasks.ts';
import { holderOf } from './commands/task/holder-of.ts';
import { pollTasks, releaseTasks } from './commands/task/poll-tasks.ts';
import { attendedPolls } from './commands/worker/attended-polls.ts';
import { heardQueue } from './commands/worker/heard-queue.ts';
import { heartbeatWorker } from './commands/worker/heartbeat-worker.ts';
import { createPresence } from './commands/worker/presence.ts';
import { createWatch } from './commands/worker/watch.ts';
import type { Ports } from './compose-ports.ts';
import type { Config } from './config.ts';
import { orchestrationAggregate } from './domain/orchestration/aggregate.ts';
import { attemptAggregate } from './domain/orchestration/attempt.ts';
import { sagaAggregate, sagaStream } from './domain/saga/aggregate.ts';
import { workerAggregate } from './domain/worker/aggregate.ts';
import type { Handlers } from './infra/http/handlers.ts';
import { createInsights } from './queries/insights.ts';
import { getSaga } from './queries/saga/get-saga.ts';
import { withProgress } from './queries/saga/with-progress.ts';
import { getStream } from './queries/stream/get-stream.ts';

/** The write side: the executors, the engine, the watch over workers. */
export const coreOf = (ports: Ports, config: Config, logger: FastifyBaseLogger) => {
  const sagas = createExecutor(ports, sagaAggregate);
  const orchestrations = createExecutor(ports, orchestrationAggregate);
  const attempts = createExecutor(ports, attemptAggregate);
  const presence = createPresence(ports.clock);
  const queue = heardQueue(ports.queue, presence);
  const deps = { ...ports, queue, sagas, orchestrations, attempts };
  const engine = createEngine({
    ...deps,
    settings: {
      leaseMs: config.LEASE_MS,
      sweepMs: config.SWEEP_MS,
      pace: { batch: config.RELEASE_BATCH, intervalMs: config.RELEASE_INTERVAL_MS },
    },
    onTrouble: (flowId, err) => {
      logger.error({ flowId, err }, 'could not go on; it is tried again');
    },
  });
  const watch = createWatch({
    ...deps,
    workers: createExecutor(ports, workerAggregate),
    directory: engine.directory,
    presence,
    limits: { silentMs: config.SILENT_MS, deafMs: config.DEAF_MS },
    onTrouble: (err) => {
      logger.error({ err }, 'could not look after the workers; it is tried again');
    },
  });
  return { deps, engine, presence, watch, leaseMs: config.LEASE_MS };
};

export type Core = ReturnType<typeof coreOf>;

/** What the HTTP edge can ask of the write side, and of what must be fresh. */
export const handlersOf = ({ deps, engine, presence, leaseMs }: Core) => {
  const isReady = { value: false };
  const { directory, progress } = engine;
  const { livenessOf } = presence;
  const handlers: Handlers = {
    register: register(deps),
    refuseRegistration: refuseRegistration(deps),
    startSaga: startSaga(deps),
    ...steerSaga(deps),
    pollTasks: attendedPolls(presence, pollTasks({ ...deps, directory, leaseMs })),
    releaseTasks: releaseTasks(deps),
    answerTasks: answerTasks(deps),
    heartbeatTasks: heartbeatTasks({ ...deps, progress, leaseMs }),
    heartbeatWorker: heartbeatWorker(presence),
    getSaga: sagaAtRest(sagaWithProgress(getSaga(deps), engine), { deps, engine }),
    getStream: getStream(deps.store),
    ...createInsights({
      ...deps,
      now: deps.clock.now,
      holderOf: holderOf({ ...deps, progress }),
      livenessOf,
      servicesOf: directory.servicesOf,
    }),
    isReady: () => isReady.value,
  };
  return { handlers, isReady };
};

const sagaWithProgress =
  (get: ReturnType<typeof getSaga>, { progress }: Engine): ReturnType<typeof getSaga> =>
  async (flowId) => {
    const view = await get(flowId);
    return view === undefined
      ? undefined
      : withProgress(view, ({ step, iteration, action }) =>
          progress.get(effectIdOf(flowId, step, iteration, action)),
        );
  };

/** A run, at once or as soon as it has come to rest, at the latest when the signal aborts. */
const sagaAtRest =
  (get: ReturnType<typeof getSaga>, { deps, engine }: Pick<Core, 'deps' | 'engine'>): Handlers['getSaga'] =>
  async (flowId, until) => {
    if (until === undefined) return get(flowId);
    const looked = new AbortController();
    // Waiting starts before looking, so that an end in between is not missed.
    const rested = engine.atRest.wait(flowId, AbortSignal.any([until, looked.signal]));
    const { state: run } = await deps.sagas.load(sagaStream(flowId));
    if (run.kind === 'absent' || run.ended !== null || run.undoFailed) looked.abort('at rest');
    await rested;
    return get(flowId);
  };
