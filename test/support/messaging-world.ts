// The write side, the engine and messaging in one process, over embedded adapters: everything but HTTP.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { openSequences } from '../../src/commands/dead-letter/open-sequences.ts';
import { parkLetter } from '../../src/commands/dead-letter/park-letter.ts';
import { createEngine } from '../../src/commands/engine/engine.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { refuseRegistration, register } from '../../src/commands/orchestration/register.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { steerSaga } from '../../src/commands/saga/steer-saga.ts';
import { answerTasks } from '../../src/commands/task/answer-tasks.ts';
import { deadLetterAggregate } from '../../src/domain/dead-letter/aggregate.ts';
import { messageAggregate } from '../../src/domain/message/aggregate.ts';
import type { Transport } from '../../src/domain/names.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../src/domain/orchestration/attempt.ts';
import { sagaAggregate, sagaStream } from '../../src/domain/saga/aggregate.ts';
import { statusOf } from '../../src/domain/saga/state.ts';
import { systemClock, systemIds, systemRandom } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { EmbeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { InRecord, MessageBus, OutRecord } from '../../src/infra/message-bus/port.ts';
import { createMessaging } from '../../src/infra/messaging/messaging.ts';
import type { HeadersDesk } from '../../src/infra/messaging/instances/headers-desk.ts';
import type { MessagingDeps } from '../../src/infra/messaging/messaging.ts';
import type { TopicConfig } from '../../src/infra/messaging/topics.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { freshDirectory } from './fresh-directory.ts';
import { instancesOver } from './instance-world.ts';
import { readAllOf } from './events.ts';

type Options = {
  readonly bus?: MessageBus;
  readonly dataDir?: string;
  readonly masterKey?: Uint8Array;
  /** Stopped by whoever opened it, not at the end of a test. */
  readonly isShared?: boolean;
  readonly topicConfig?: TopicConfig;
  /** Asked for the headers of instances, in place of the log. */
  readonly desk?: HeadersDesk;
  /** Puts something between a part and the rest: how faults get in. */
  readonly faults?: (deps: MessagingDeps) => MessagingDeps;
};

const settings = { leaseMs: 30_000, sweepMs: null, pace: { batch: 100, intervalMs: 10 } };
const transports: ReadonlySet<Transport> = new Set<Transport>(['http', 'kafka']);
/** As if they had been lost. */
export const noCheckpoints: MessagingDeps['checkpoints'] = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
};

/** One process: closed at the end of the test, or earlier by `stop`, over a directory that may be opened again. */
export const messagingWorld = async (options: Options = {}) => {
  const parts = await openParts(options);
  const { core, messaging, store } = parts;
  await messaging.prepare();
  const running = new AbortController();
  const engine = core.engine.run(running.signal);
  await core.engine.ready;
  const loops: Promise<unknown>[] = [engine];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      running.abort();
      await Promise.allSettled(loops);
      await parts.close();
    })());
  if (options.isShared !== true) onTestFinished(stop);
  return {
    ...core,
    ...parts,
    stop,
    /** Starts loops of messaging; resolves with how they ended. */
    run: (...names: readonly ('consumers' | 'bridge' | 'workItems' | 'desk')[]) => {
      const begun = names.map((name) => messaging[name](running.signal));
      loops.push(...begun);
      return Promise.all(begun);
    },
    events: () => readAllOf(store, { max: 1000 }),
    typesOf: async (stream: string) =>
      (await store.readStream(stream, { from: 0, direction: 'forwards', max: 1000 })).events.map(
        ({ type }) => type,
      ),
    statusOf: async (flowId: string) => {
      const { state } = await core.deps.sagas.load(sagaStream(flowId));
      return state.kind === 'run' ? statusOf(state) : 'ABSENT';
    },
  };
};

const openParts = async ({ bus: given, ...options }: Options) => {
  const { dataDir = freshDirectory(), masterKey = randomBytes(32) } = options;
  const clock = systemClock();
  const store = await embeddedEventStore({ dataDir, clock });
  const keys = await embeddedKeys({ dataDir, masterKey: new Uint8Array(masterKey) });
  const bus = given ?? (await embeddedBus({ dataDir, clock }));
  const queue = memoryTaskQueue();
  const core = coreOver({ store, keys, queue, clock }, options.desk);
  const troubles: unknown[] = [];
  const onUnreadable = (_stream: string, error: unknown): void => void troubles.push(error);
  const sequences = await openSequences({ store, keys, onUnreadable });
  const deps: MessagingDeps = {
    ...core.deps,
    ...{ bus, sequences, checkpoints: store.checkpoints, messages: core.messages, commands: core.commands },
    openers: core.openers,
    ...(options.desk === undefined ? {} : { desk: options.desk }),
    park: parkLetter({ ...core.deps, bus, sequences }),
    topicConfig: options.topicConfig ?? { namespace: 'skald' },
    cursorOf: (position) => position,
    onTrouble: (error) => troubles.push(error),
  };
  const messaging = createMessaging(options.faults?.(deps) ?? deps);
  const close = async (): Promise<void> => {
    if (given === undefined) await bus.close();
    await queue.close();
    await store.close();
    await keys.close();
  };
  return { core, bus, store, queue, messaging, dataDir, masterKey, troubles, clock, close };
};

export type MessagingWorld = Awaited<ReturnType<typeof messagingWorld>>;

type Over = {
  readonly store: EmbeddedEventStore;
  readonly keys: Awaited<ReturnType<typeof embeddedKeys>>;
  readonly queue: ReturnType<typeof memoryTaskQueue>;
  readonly clock: ReturnType<typeof systemClock>;
};

const coreOver = (ports: Over, desk?: HeadersDesk) => {
  const executor = { store: ports.store, clock: ports.clock };
  const deps = {
    ...ports,
    ids: systemIds(),
    random: systemRandom(),
    transports,
    sagas: createExecutor(executor, sagaAggregate),
    orchestrations: createExecutor(executor, orchestrationAggregate),
    attempts: createExecutor(executor, attemptAggregate),
    letters: createExecutor(executor, deadLetterAggregate),
  };
  const engine = createEngine({
    ...deps,
    settings,
    onTrouble: (_flowId, error) => {
      throw error instanceof Error ? error : new Error(String(error));
    },
  });
  const instances = instancesOver(ports, desk === undefined ? {} : { headersOf: desk.ask });
  const commands = {
    ...instances,
    register: register(deps),
    refuseRegistration: refuseRegistration(deps),
    startSaga: startSaga(deps),
    answerTasks: answerTasks(deps),
    ...steerSaga(deps),
  };
  return { deps, engine, commands, openers: instances, messages: createExecutor(executor, messageAggregate) };
};

/** One world for the tests of a `describe`. */
export const sharedWorld = (): (() => MessagingWorld) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-'));
  let world: MessagingWorld | undefined;
  beforeAll(async () => {
    world = await messagingWorld({ dataDir, isShared: true });
  });
  afterAll(async () => {
    await world?.stop();
    rmSync(dataDir, { recursive: true });
  });
  return () => {
    if (world === undefined) throw new Error('the world is not there yet');
    return world;
  };
};

/** A record as the bus gives it, made by hand. */
export const inRecord = (
  topic: string,
  value: string | Uint8Array | null,
  more: Partial<Omit<InRecord, 'headers'>> & { readonly headers?: Readonly<Record<string, string>> } = {},
): InRecord => {
  const { headers = {}, ...rest } = more;
  return {
    topic,
    partition: 0,
    offset: '0',
    timestamp: 1_700_000_000_000,
    key: null,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
    ...rest,
  };
};

export const outRecord = (
  topic: string,
  key: string,
  value: string | object | null,
  headers: Readonly<Record<string, string>> = {},
): OutRecord => ({
  topic,
  key,
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
});

export const jsonOf = (record: Pick<InRecord | OutRecord, 'value'>): unknown => {
  const json: unknown = JSON.parse(Buffer.from(record.value ?? '{}').toString());
  return json;
};

export const headersOf = ({ headers }: Pick<OutRecord, 'headers'>): Readonly<Record<string, string>> =>
  Object.fromEntries(headers.map(([name, value]) => [name, Buffer.from(value).toString()]));

export const eventually = (statement: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(statement, { timeout: 15_000, interval: 10 });

/** Everything a topic holds now, and what still comes. */
export const follow = async (bus: MessageBus, topics: readonly string[]): Promise<InRecord[]> => {
  const seen: InRecord[] = [];
  const consumer = await bus.consume({
    group: `g-${crypto.randomUUID()}`,
    topics,
    handle: (record) => {
      seen.push(record);
      return Promise.resolve();
    },
    onTrouble: () => undefined,
    onFatal: () => undefined,
  });
  onTestFinished(() => consumer.stop());
  return seen;
};

/** A definition of these steps in their order, in YAML. */
export const initiatorYaml = (orchName: string, steps: readonly string[]): string =>
  [
    `orchName: ${orchName}`,
    'as: initiator',
    'type: sequential',
    'steps:',
    ...steps.map((name, index) => `  - { name: ${name}, seq: ${String(index + 1)}, objectType: Thing }`),
  ].join('\n');

export const workerYaml = (orchName: string, steps: readonly string[]): string =>
  [`orchName: ${orchName}`, 'as: worker', 'steps:', ...steps.map((name) => `  - name: ${name}`)].join('\n');

type Task = { readonly flowId: string; readonly stepName: string; readonly action: string };
type Reply = { readonly status: 'SUCCESS' | 'FAILED'; readonly error?: string };

/** A worker that knows nothing but its topic: answers every task there, or on the topic for answers. */
export const busWorker = async (
  bus: MessageBus,
  topic: string,
  options: { readonly answerTo?: string; readonly reply?: (task: Task) => Reply | undefined } = {},
): Promise<{ readonly tasks: InRecord[] }> => {
  const { answerTo = topic, reply = () => ({ status: 'SUCCESS' }) } = options;
  const tasks: InRecord[] = [];
  const consumer = await bus.consume({
    group: `worker-${crypto.randomUUID()}`,
    topics: [topic],
    handle: async (record) => {
      if (headersOf(record)['skald-origin'] === undefined) return;
      tasks.push(record);
      const task = taskIn(record);
      const answer = reply(task);
      if (answer === undefined) return;
      const metadata = { ...answer, attempt: task.metadata.attempt };
      await bus.publish([outRecord(answerTo, task.flowId, { ...task, payload: '', metadata })]);
    },
    onTrouble: () => undefined,
    onFatal: () => undefined,
  });
  onTestFinished(() => consumer.stop());
  return { tasks };
};

const task = z.object({
  ...{ flowId: z.string(), orchName: z.string(), stepName: z.string(), action: z.string() },
  metadata: z.looseObject({ attempt: z.int(), originalCompletedAt: z.string().optional() }),
});
export const taskIn = (record: InRecord) => task.parse(jsonOf(record));
