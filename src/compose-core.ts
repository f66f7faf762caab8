import type { FastifyBaseLogger } from 'fastify';
import { askedNow } from './commands/asked-now.ts';
import { effectIdOf } from './commands/deterministic-ids.ts';
import { createEngine } from './commands/engine/engine.ts';
import type { Engine } from './commands/engine/engine.ts';
import { createFollower } from './commands/engine/follow.ts';
import { createSurroundings } from './commands/engine/surroundings.ts';
import { createExecutor } from './commands/execute.ts';
import { letterCommands } from './commands/dead-letter/letter-commands.ts';
import { startRetention } from './commands/instance/start-retention.ts';
import { startSaga } from './commands/saga/start-saga.ts';
import { steerSaga } from './commands/saga/steer-saga.ts';
import { abandonTasks } from './commands/task/abandon-tasks.ts';
import { answerTasks } from './commands/task/answer-tasks.ts';
import { heartbeatTasks } from './commands/task/heartbeat-tasks.ts';
import { holderOf } from './commands/task/holder-of.ts';
import { pollTasks, releaseTasks } from './commands/task/poll-tasks.ts';
import { openTaskSource } from './commands/task/task-source.ts';
import { attendedPolls, attendedSources } from './commands/worker/attended-polls.ts';
import { heardQueue } from './commands/worker/heard-queue.ts';
import { heartbeatWorker } from './commands/worker/heartbeat-worker.ts';
import { createPresence } from './commands/worker/presence.ts';
import { createWatch } from './commands/worker/watch.ts';
import { instancesOf } from './compose-instances.ts';
import { registrationsOf } from './compose-registrations.ts';
import { replayOf } from './compose-replay.ts';
import { timerHandlersOf, timerShiftsOf } from './compose-timers.ts';
import { witnessOf } from './compose-witness.ts';
import type { Stores } from './compose-stores.ts';
import { topicConfigOf } from './compose-topics.ts';
import { busOf } from './config-servers.ts';
import type { Config } from './config.ts';
import { deadLetterAggregate } from './domain/dead-letter/aggregate.ts';
import { messageAggregate } from './domain/message/aggregate.ts';
import type { Transport } from './domain/names.ts';
import { orchestrationAggregate } from './domain/orchestration/aggregate.ts';
import { attemptAggregate } from './domain/orchestration/attempt.ts';
import { sagaAggregate, sagaStream } from './domain/saga/aggregate.ts';
import { isAtRest } from './domain/saga/state.ts';
import { workerAggregate } from './domain/worker/aggregate.ts';
import type { Handlers } from './infra/http/handlers.ts';
import { checkRecord } from './infra/messaging/in/check-record.ts';
import { createTopics } from './infra/messaging/topics.ts';
import type { AttemptTracer } from './infra/tracing/port.ts';
import { getLetter } from './queries/dead-letter/get-letter.ts';
import { createInsights } from './queries/insights.ts';
import { getInstanceHistory } from './queries/instance/get-instance-history.ts';
import { getInstance } from './queries/instance/get-instance.ts';
import { getSaga } from './queries/saga/get-saga.ts';
import { withProgress } from './queries/saga/with-progress.ts';
import { getStream } from './queries/stream/get-stream.ts';

/** The write side: the executors, and what makes the engine and the watch over workers. */
export const coreOf = (
  { ports, presence: shared }: Pick<Stores, 'ports' | 'presence'>,
  config: Config,
  logger: FastifyBaseLogger,
) => {
  const sagas = createExecutor(ports, sagaAggregate);
  // The follower sees every registration: what a decision on a run needs to know of it need not be read each time.
  const orchestrations = createExecutor({ ...ports, isFollowed: true }, orchestrationAggregate);
  const presence = createPresence(ports.clock, shared?.others);
  shared?.start(presence.heardHere);
  const queue = heardQueue(ports.queue, presence);
  const transports: ReadonlySet<Transport> = new Set(busOf(config) === 'off' ? ['http'] : ['http', 'kafka']);
  const topics = createTopics(topicConfigOf(config));
  const { executors, openers, desk, commands: instanceCommands } = instancesOf(ports, topics, logger);
  const deps = {
    ...{ ...ports, topics, queue, sagas, orchestrations, transports, ...executors },
    attempts: createExecutor(ports, attemptAggregate),
    letters: createExecutor(ports, deadLetterAggregate),
    messages: createExecutor(ports, messageAggregate),
    timerShifts: timerShiftsOf(ports),
  };
  const ofInstances = { openers, desk, instanceCommands, keepDays: config.INSTANCE_KEEP_DAYS };
  const witness = witnessOf(ports, config, logger);
  const replay = replayOf(deps, config, logger);
  const surroundings = createSurroundings();
  const own = { deps, ports, witness, replay, surroundings, presence, quotas: config.QUOTAS };
  const core = { ...own, ...ofInstances, leaseMs: config.LEASE_MS, onUnreadable: unreadable(logger) };
  return {
    ...core,
    engineWith: (): Engine => engineOf(core, config, logger),
    watchWith: () => watchOf(core, config, logger),
    follower: createFollower({
      ...deps,
      ...surroundings,
      onTrouble: (err) => logger.error({ err }, 'following the log came to a stop; it is taken up again'),
    }),
  };
};

export type Core = ReturnType<typeof coreOf>;
type Parts = Pick<Core, 'deps' | 'surroundings' | 'presence'>;

const unreadable =
  (logger: FastifyBaseLogger) =>
  (flowId: string, err: unknown): void => {
    logger.error({ flowId, err }, 'a task could not be put together; it will be on offer again');
  };

const engineOf = ({ deps, surroundings }: Parts, config: Config, logger: FastifyBaseLogger) =>
  createEngine({
    ...deps,
    surroundings,
    settings: {
      leaseMs: config.LEASE_MS,
      sweepMs: config.SWEEP_MS,
      pace: { batch: config.RELEASE_BATCH, intervalMs: config.RELEASE_INTERVAL_MS },
      graceMs: config.TAKE_BACK_MS,
    },
    onTrouble: (flowId, err) => {
      logger.error({ flowId, err }, 'could not go on; it is tried again');
    },
  });

const watchOf = ({ deps, surroundings, presence }: Parts, config: Config, logger: FastifyBaseLogger) =>
  createWatch({
    ...deps,
    workers: createExecutor(deps, workerAggregate),
    directory: surroundings.directory,
    presence,
    limits: { silentMs: config.SILENT_MS, deafMs: config.DEAF_MS },
    onTrouble: (err) => logger.error({ err }, 'could not look after the workers; it is tried again'),
  });

/** What the HTTP edge can ask of the write side, and of what must be fresh. */
export const handlersOf = (core: Core, isUp: () => boolean, traceparentOf?: AttemptTracer) => {
  const { deps, surroundings, presence, leaseMs, onUnreadable } = core;
  const isReady = { value: false };
  const { directory, progress } = surroundings;
  const ofTasks = { ...deps, directory, leaseMs, onUnreadable, traceparentOf };
  const handlers: Handlers = {
    ...registrationsOf(deps, directory, core.quotas),
    startSaga: askedNow(deps)(startSaga(deps)),
    ...steerSaga(deps),
    ...timerHandlersOf(deps),
    ...core.replay.handlers,
    pollTasks: attendedPolls(presence, pollTasks(ofTasks)),
    openTaskSource: attendedSources(presence, openTaskSource(ofTasks)),
    releaseTasks: releaseTasks(deps),
    abandonTasks: abandonTasks(deps),
    leaseMs,
    answerTasks: askedNow(deps)(answerTasks(deps)),
    heartbeatTasks: heartbeatTasks({ ...deps, progress, leaseMs }),
    heartbeatWorker: heartbeatWorker(presence),
    getSaga: sagaAtRest(sagaWithProgress(getSaga(deps), { surroundings }), { deps, surroundings }),
    getStream: getStream(deps.store),
    getLetter: getLetter(deps),
    ...core.instanceCommands,
    takeCheckpoint: core.witness.takeCheckpoint,
    startRetention: startRetention({ ...deps, days: core.keepDays }),
    getInstance: getInstance(deps),
    getInstanceHistory: getInstanceHistory(deps),
    ...createInsights({
      ...deps,
      now: deps.clock.now,
      holderOf: holderOf({ ...deps, progress }),
      livenessOf: presence.livenessOf,
      servicesOf: directory.servicesOf,
    }),
    ...letterCommands({ ...deps, check: checkRecord(deps.topics) }),
    isReady: () => isReady.value && isUp(),
  };
  return { handlers, isReady };
};

const sagaWithProgress =
  (
    get: ReturnType<typeof getSaga>,
    { surroundings: { progress } }: Pick<Core, 'surroundings'>,
  ): ReturnType<typeof getSaga> =>
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
  (
    get: ReturnType<typeof getSaga>,
    { deps, surroundings }: Pick<Core, 'deps' | 'surroundings'>,
  ): Handlers['getSaga'] =>
  async (flowId, until) => {
    if (until === undefined) return get(flowId);
    // Waiting starts before looking, so that an end in between is not missed.
    const rested = surroundings.atRest.wait(flowId, until);
    const { state: run } = await deps.sagas.load(sagaStream(flowId));
    if (run.kind === 'absent' || isAtRest(run)) surroundings.atRest.notify(flowId);
    await rested;
    return get(flowId);
  };
