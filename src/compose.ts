import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { SagaDeps } from './commands/deps.ts';
import { createEngine } from './commands/engine/engine.ts';
import type { Engine } from './commands/engine/engine.ts';
import { effectIdOf } from './commands/deterministic-ids.ts';
import { createExecutor } from './commands/execute.ts';
import { register } from './commands/orchestration/register.ts';
import { startSaga } from './commands/saga/start-saga.ts';
import { steerSaga } from './commands/saga/steer-saga.ts';
import { answerTasks } from './commands/task/answer-tasks.ts';
import { heartbeatTasks } from './commands/task/heartbeat-tasks.ts';
import { pollTasks, releaseTasks } from './commands/task/poll-tasks.ts';
import type { Config } from './config.ts';
import { attemptAggregate } from './domain/orchestration/attempt.ts';
import { orchestrationAggregate } from './domain/orchestration/aggregate.ts';
import { sagaAggregate } from './domain/saga/aggregate.ts';
import { systemClock, systemIds, systemRandom } from './infra/clock/system.ts';
import { embeddedEventStore } from './infra/event-store/embedded/embedded.ts';
import type { EventStore } from './infra/event-store/port.ts';
import { buildApp } from './infra/http/app.ts';
import { loopbackOnly } from './infra/http/auth.ts';
import { cursorCodec } from './infra/http/cursor.ts';
import type { Handlers } from './infra/http/handlers.ts';
import { embeddedKeys } from './infra/keys/embedded.ts';
import { resolveMasterKey } from './infra/keys/master-key.ts';
import { lockDataDir } from './infra/lock/embedded.ts';
import { openClaimJournal } from './infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from './infra/task-queue/memory.ts';
import { getOrchestration } from './queries/orchestration/get-orchestration.ts';
import { getSaga } from './queries/saga/get-saga.ts';
import { withProgress } from './queries/saga/with-progress.ts';
import { getStream } from './queries/stream/get-stream.ts';

export type Skald = {
  readonly app: FastifyInstance;
  /** Follows the log, waits until everything in it has been taken up, then listens. */
  readonly start: () => Promise<{ readonly address: string }>;
  /** Stops taking work, finishes what is under way, closes everything; safe to call at any time. */
  readonly close: () => Promise<void>;
  /** What whoever started it should know. */
  readonly notes: readonly string[];
};

export type ComposeDeps = {
  readonly logger: FastifyBaseLogger;
  /** The log or the keys can no longer be trusted: the process must end. */
  readonly onFatal: (error: unknown) => void;
};

/**
 * Wires the whole product on its embedded adapters. Takes the data directory for this process.
 *
 * @throws DataDirLocked, WrongMasterKey, MasterKeyInvalid, NewerLayout, UnsafeDatabase
 */
export const compose = async (config: Config, deps: ComposeDeps): Promise<Skald> => {
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return await wire(config, deps, closing, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
};

const wire = async (
  config: Config,
  { logger, onFatal }: ComposeDeps,
  closing: (() => unknown)[],
  closeAll: () => Promise<void>,
): Promise<Skald> => {
  const { notes, ...ports } = await openPorts(config, onFatal, closing);
  const core = coreOf(ports, config, logger);
  const cursor = cursorCodec({ logId: ports.store.logId, key: await ports.keys.secret('cursor') });
  const { handlers, isReady } = handlersOf(core);
  const app = await buildApp({ handlers, auth: loopbackOnly, cursor, logger, ids: ports.ids });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  closing.push(() => {
    stopping.abort();
    return running;
  });
  closing.push(() => app.close());
  closing.push(() => (isReady.value = false));
  const start = async () => {
    running = core.engine.run(stopping.signal).catch(onFatal);
    await core.engine.ready;
    isReady.value = true;
    return { address: await app.listen({ host: config.HOST, port: config.PORT }) };
  };
  return { app, start, close: closeAll, notes };
};

/** Opens what everything stands on; what was opened is closed again in the opposite order. */
const openPorts = async (config: Config, onFatal: (error: unknown) => void, closing: (() => unknown)[]) => {
  const dataDir = config.DATA_DIR;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDataDir(dataDir);
  closing.push(lock.release);
  const clock = systemClock();
  const master = resolveMasterKey({
    dataDir,
    allowDataDir: true,
    ...(config.MASTER_KEY === undefined ? {} : { hex: config.MASTER_KEY.reveal() }),
    ...(config.MASTER_KEY_FILE === undefined ? {} : { file: config.MASTER_KEY_FILE }),
  });
  const keys = await embeddedKeys({ dataDir, masterKey: master.key, onFailure: onFatal });
  closing.push(keys.close);
  const store = await embeddedEventStore({ dataDir, clock, onFatal });
  closing.push(store.close);
  const queue = memoryTaskQueue({ journal: openClaimJournal(join(dataDir, 'claims.journal')) });
  closing.push(queue.close);
  const notes = master.source === 'created' ? ['a new master key was made: keep a copy of it'] : [];
  return { notes, clock, keys, store, queue, random: systemRandom(), ids: systemIds() };
};

type Ports = Pick<SagaDeps, 'clock' | 'keys' | 'queue' | 'random' | 'ids'> & { readonly store: EventStore };

const coreOf = (ports: Ports, config: Config, logger: FastifyBaseLogger) => {
  const sagas = createExecutor(ports, sagaAggregate);
  const orchestrations = createExecutor(ports, orchestrationAggregate);
  const attempts = createExecutor(ports, attemptAggregate);
  const deps = { ...ports, sagas, orchestrations, attempts };
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
  return { deps, engine, leaseMs: config.LEASE_MS };
};

type Core = ReturnType<typeof coreOf>;

const handlersOf = ({ deps, engine, leaseMs }: Core) => {
  const isReady = { value: false };
  const handlers: Handlers = {
    register: register(deps),
    startSaga: startSaga(deps),
    ...steerSaga(deps),
    pollTasks: pollTasks({ ...deps, directory: engine.directory, leaseMs }),
    releaseTasks: releaseTasks(deps),
    answerTasks: answerTasks(deps),
    heartbeatTasks: heartbeatTasks({ ...deps, progress: engine.progress, leaseMs }),
    getSaga: sagaAtRest(sagaWithProgress(getSaga(deps), engine), engine),
    getOrchestration: getOrchestration(deps.store),
    getStream: getStream(deps.store),
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

const RESTING = new Set(['COMPLETED', 'FAILED', 'UNDONE', 'UNDO_FAILED', 'CANCELLED']);

/** A run, at once or as soon as it has come to rest, at the latest when the signal aborts. */
const sagaAtRest =
  (get: ReturnType<typeof getSaga>, { atRest }: Engine): Handlers['getSaga'] =>
  async (flowId, until) => {
    if (until === undefined) return get(flowId);
    const looked = new AbortController();
    // Waiting starts before looking, so that an end in between is not missed.
    const rested = atRest.wait(flowId, AbortSignal.any([until, looked.signal]));
    const view = await get(flowId);
    const isOver = view === undefined || RESTING.has(view.status);
    if (isOver) looked.abort();
    await rested;
    return isOver ? view : get(flowId);
  };
