// From the log to the bus: `node bench/bridge.ts --help`.
// First what the bridge relays of a history, then how long one event takes from its append to a reader of the bus.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { systemClock } from '../src/infra/clock/system.ts';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import type { EmbeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { embeddedBus } from '../src/infra/message-bus/embedded/embedded.ts';
import type { MessageBus } from '../src/infra/message-bus/port.ts';
import { noneRelayed, runBridge } from '../src/infra/messaging/out/bridge.ts';
import type { BridgeDeps } from '../src/infra/messaging/out/bridge.ts';
import { createTopics } from '../src/infra/messaging/topics.ts';
import { latenciesOf } from './support/latencies.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';
import { RUN_EVENTS, writeRun, writeRuns } from './support/saga-log.ts';

const HELP = `node bench/bridge.ts [--events 20000] [--stack embedded|kafka] [--rate 200] [--seconds 20]
  --events   of the history that is relayed first
  --stack    the bus in the data directory, or Apache Kafka
  --rate     events a second that are appended afterwards
  --seconds  for so long`;
const values = optionsOf(HELP, {
  events: { type: 'string', default: '20000' },
  stack: { type: 'string', default: 'embedded' },
  rate: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '20' },
});
const settings = z
  .object({ events: whole, stack: z.enum(['embedded', 'kafka']), rate: whole.max(1000), seconds: whole })
  .parse(values);

type Stack = { readonly name: string; readonly bus: MessageBus; readonly close: () => Promise<void> };

const openStack = async (dataDir: string): Promise<Stack> => {
  const clock = systemClock();
  if (settings.stack === 'embedded') {
    const bus = await embeddedBus({ dataDir, clock });
    return { name: 'embedded bus', bus, close: bus.close };
  }
  // Loaded where it is used: the other stack needs neither a client nor a launcher.
  const { kafkaBus } = await import('../src/infra/message-bus/kafka/kafka.ts');
  const { startKafka } = await import('../test/support/servers/kafka.ts');
  const server = await startKafka();
  const bus = await kafkaBus({ brokers: server.brokers.split(','), clientId: 'bench', clock });
  const close = async (): Promise<void> => {
    await bus.close();
    await server.stop();
  };
  return { name: `Kafka ${server.version} (${server.source})`, bus, close };
};

/** Notes when each event is first seen on the bus. */
const readerOf = async (bus: MessageBus, topic: string) => {
  const seenAt = new Map<string, number>();
  const consumer = await bus.consume({
    group: `bench-${crypto.randomUUID()}`,
    topics: [topic],
    handle: ({ headers }) => {
      const id = Buffer.from(headers.find(([name]) => name === 'ce_id')?.[1] ?? []).toString();
      if (!seenAt.has(id)) seenAt.set(id, performance.now());
      return Promise.resolve();
    },
    onTrouble: console.error,
    onFatal: console.error,
  });
  return { seenAt, stop: consumer.stop };
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await pause(5);
};

const bridgeOver = (store: EmbeddedEventStore, bus: MessageBus, namespace: string): BridgeDeps => {
  const topics = createTopics({ namespace });
  return {
    ...{ store, bus, checkpoints: store.checkpoints, clock: systemClock(), from: 'start' },
    topicsFor: () => topics.fixed,
    context: { namespace, cursorOf: (position) => position, topics },
    registrations: { wasDefined: () => Promise.resolve(true), stepsOverKafka: () => Promise.resolve([]) },
    documented: () => Promise.resolve(undefined),
    counts: noneRelayed(),
    onTrouble: console.error,
  };
};

/** Appends at an even pace while the bridge is live; when each append began, by event. */
const appendPaced = async (store: EmbeddedEventStore): Promise<ReadonlyMap<string, number>> => {
  const startedAt = new Map<string, number>();
  const count = Math.max(1, Math.floor((settings.rate * settings.seconds) / RUN_EVENTS));
  const began = performance.now();
  for (let index = 0; index < count; index += 1) {
    const dueMs = (index * RUN_EVENTS * 1000) / settings.rate;
    await pause(Math.max(0, began + dueMs - performance.now()));
    await writeRun({
      ...store,
      append: async (...append) => {
        const at = performance.now();
        const result = await store.append(...append);
        if (result.kind === 'ok') for (const { eventId } of result.events) startedAt.set(eventId, at);
        return result;
      },
    });
  }
  return startedAt;
};

const main = async (): Promise<void> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-bridge-'));
  const store = await embeddedEventStore({ dataDir });
  const stack = await openStack(dataDir);
  const namespace = `bench${crypto.randomUUID().slice(0, 8)}`;
  const deps = bridgeOver(store, stack.bus, namespace);
  const runs = Math.ceil(settings.events / RUN_EVENTS);
  await writeRuns(store, runs);
  await stack.bus.ensureTopics(deps.context.topics.fixed);
  const reader = await readerOf(stack.bus, deps.context.topics.named('sagaEvents').name);
  const stopping = new AbortController();
  const started = performance.now();
  const running = runBridge(deps, stopping.signal);
  await until(() => deps.counts.published >= runs * RUN_EVENTS);
  const value = (1000 * deps.counts.published) / (performance.now() - started);
  report({ id: 'bridge-relay', what: `${stack.name}: events of a history relayed`, value, unit: '/s' });
  await until(() => reader.seenAt.size >= runs * RUN_EVENTS);
  const startedAt = await appendPaced(store);
  await until(() => [...startedAt.keys()].every((id) => reader.seenAt.has(id)));
  const { p50, p99 } = latenciesOf(
    [...startedAt].map(([id, at]) => (reader.seenAt.get(id) ?? Number.NaN) - at),
  );
  const what = `append → record, ${settings.rate} events/s`;
  report({ id: 'bridge-p50', what: `${what}, p50`, value: p50, unit: 'ms' });
  report({ id: 'bridge-p99', what: `${what}, p99`, value: p99, unit: 'ms' });
  stopping.abort();
  await running;
  await reader.stop();
  await stack.close();
  await store.close();
  rmSync(dataDir, { recursive: true });
};

await main();
