// Instances over the embedded log and keys: every `process` has its own memory, as a process of its own would.
import { onTestFinished } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import type { FlowHeaders, FlowHeadersOf, InstanceObject } from '../../src/commands/instance/handlers.ts';
import { instanceCommands } from '../../src/commands/instance/instance-commands.ts';
import { instanceOpeners } from '../../src/commands/instance/instance-openers.ts';
import type { Result } from '../../src/commands/result.ts';
import { instanceAggregate, instanceStream } from '../../src/domain/instance/aggregate.ts';
import { intakeAggregate } from '../../src/domain/intake/aggregate.ts';
import { retryBatchAggregate } from '../../src/domain/retrybatch/aggregate.ts';
import { INSTANCE_IDS, sequenceAggregate } from '../../src/domain/sequence/aggregate.ts';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import type { Keys } from '../../src/infra/keys/port.ts';
import { freshDirectory } from './fresh-directory.ts';
import { correlationAt } from './instances.ts';

export const context: CallContext = { actor: { kind: 'user', id: 'erik', source: 'http' } };
export const keyed = (idempotencyKey: string): CallContext => ({ ...context, idempotencyKey });

export const headersWith = (some: Partial<FlowHeaders> = {}): FlowHeaders => ({
  sourceApplicationId: '4',
  correlationId: correlationAt(0),
  sourceApplicationIntegrationId: 'form-7',
  sourceApplicationInstanceId: 'case-2026-1',
  fileIds: [correlationAt(9)],
  integrationId: '9007199254740993',
  ...some,
});

export const objectWith = (
  title: string,
  objectCollectionPerKey: InstanceObject['objectCollectionPerKey'] = {},
): InstanceObject => ({ valuePerKey: { title }, objectCollectionPerKey });

/** The fault of a test: what to do instead of an append; undefined for the append itself. */
export type Instead = (
  stream: string,
  types: readonly string[],
) => ReturnType<EventStore['append']> | undefined;

type ProcessOptions = {
  readonly instead?: Instead;
  readonly headersOf?: FlowHeadersOf;
  readonly keys?: Partial<Keys>;
};

export const valueOf = <Value>(result: Result<Value, string>): Value => {
  if (result.kind !== 'done') throw new Error(`${result.code}: ${result.detail}`);
  return result.value;
};

/** Everything instances need over a log and keys; `isShared`: other processes write to the log too. */
export const instancesOver = (base: { store: EventStore; keys: Keys }, options: ProcessOptions = {}) => {
  const { instead = () => undefined, headersOf } = options;
  const append: EventStore['append'] = (stream, expected, events, metadata) =>
    instead(
      stream,
      events.map(({ type }) => type),
    ) ?? base.store.append(stream, expected, events, metadata);
  const store: EventStore = { ...base.store, append };
  const keys: Keys = { ...base.keys, ...options.keys };
  const ports = { store, keys, clock: systemClock(), ids: systemIds(), isShared: true, appendDeadlineMs: 0 };
  const executors = {
    instances: createExecutor(ports, instanceAggregate),
    intakes: createExecutor(ports, intakeAggregate),
    sequences: createExecutor(ports, sequenceAggregate),
    retryBatches: createExecutor(ports, retryBatchAggregate),
  };
  const openers = instanceOpeners({ ...ports, ...executors });
  const troubles: [instanceId: string, problem: unknown][] = [];
  const deps = {
    ...{ ...ports, ...executors },
    headersOf: headersOf ?? openers.flowHeadersOf,
    onRetryTrouble: (...trouble: [string, unknown]) => void troubles.push(trouble),
  };
  return { ...deps, ...openers, ...instanceCommands(deps), troubles };
};

export const instanceWorld = async (dataDir = freshDirectory()) => {
  const store = await embeddedEventStore({ dataDir });
  const keys = await embeddedKeys({ dataDir, masterKey: Buffer.alloc(32, 5) });
  onTestFinished(async () => {
    await store.close();
    await keys.close();
  });
  const process = (options: ProcessOptions = {}) => instancesOver({ store, keys }, options);
  const first = process();
  const eventsOf = async (stream: string): Promise<readonly StoredEvent[]> =>
    (await store.readStream(stream, { from: 0, direction: 'forwards', max: 4096 })).events;
  return {
    ...first,
    process,
    /** A process over another log. */
    over: (base: { readonly store: EventStore }) => instancesOver({ ...base, keys }),
    eventsOf,
    typesOf: async (instanceId: string) =>
      (await eventsOf(instanceStream(instanceId))).map(({ type }) => type),
    /** Takes one in and gives back its id. */
    received: async (title: string, headers = headersWith()): Promise<string> =>
      valueOf(await first.receiveInstance({ headers, value: objectWith(title) }, context)).instanceId,
    /** As if every id up to this one had been handed out. */
    skipTo: async (last: string): Promise<void> => {
      const block = { eventId: systemIds().next(), type: 'BlockReserved', schemaVersion: '1.0' };
      const metadata = {
        commandId: block.eventId,
        correlationId: 'c',
        causationId: 'c',
        actor: context.actor,
      };
      await store.append(INSTANCE_IDS, NO_STREAM, [{ ...block, data: { from: '1', to: last } }], metadata);
    },
    destroyKeyOf: async (instanceId: string): Promise<void> => {
      const { state } = await first.instances.reload(instanceStream(instanceId));
      if (state.kind === 'instance') await keys.destroy([state.keyId]);
    },
  };
};
