import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/port.ts';
import { UnsafeDatabase } from '../../sqlite/open.ts';
import { startThread } from '../../sqlite/thread.ts';
import type { MessageBus, OutRecord, PublishResult } from '../port.ts';
import { tooLarge } from '../record-size.ts';
import { assertTopics } from '../topic-spec.ts';
import type { BusCalls, BusThread } from './calls.ts';
import { callsTo } from './calls.ts';
import type { EmbeddedConsumer } from './consumer.ts';
import { embeddedConsumer } from './consumer.ts';
import type { BusHello, BusReply, BusRequest } from './protocol.ts';
import { keepRetention } from './keep-retention.ts';

export type EmbeddedBusOptions = {
  /** Directory of `bus.db`; made where it is missing. Several processes of one machine may share it. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** The disk or the file failed: every later call fails too, the process must end. */
  readonly onFailure?: (error: Error) => void;
  /** After how much silence a member counts as gone; where its process has ended, it does at once. Default 10 s. */
  readonly sessionTimeoutMs?: number;
};

const SESSION_TIMEOUT_MS = 10_000;
const CLOSED = 'the message bus is closed';

/**
 * The bus in one SQLite file. What `publish` acknowledged survives the process and the power; publishing wakes the
 * consumers of this process at once, those of others within 100 ms.
 *
 * @throws UnsafeDatabase when the file cannot be opened
 */
export const embeddedBus = async (options: EmbeddedBusOptions): Promise<MessageBus> => {
  const { clock, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const { thread, id } = await openThread(options.dataDir);
  const calls = callsTo(thread);
  thread.onFailure((error) => options.onFailure?.(error));
  const retention = keepRetention(calls, clock);
  const close = async (consumers: ReadonlySet<EmbeddedConsumer>): Promise<void> => {
    retention.stop();
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
    await thread.stop();
  };
  return { id, ...busOver(calls, { ...options, sessionTimeoutMs }, close) };
};

type BusParts = Pick<EmbeddedBusOptions, 'clock'> & { readonly sessionTimeoutMs: number };

const busOver = (
  calls: BusCalls,
  { clock, sessionTimeoutMs }: BusParts,
  close: (consumers: ReadonlySet<EmbeddedConsumer>) => Promise<void>,
): Omit<MessageBus, 'id'> => {
  const consumers = new Set<EmbeddedConsumer>();
  let closed: Promise<void> | undefined;
  const assertOpen = (): void => {
    if (closed) throw new Error(CLOSED);
  };
  return {
    ensureTopics: async (topics) => {
      assertOpen();
      assertTopics(topics);
      await calls.ensure(topics, clock.now());
    },
    publish: async (records) => {
      if (closed) return { kind: 'refused', code: 'closed', detail: CLOSED };
      const result = await publishTo(calls, records, clock.now());
      wakeReaders(consumers, records);
      return result;
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws becomes a rejection
    consume: async (wanted) => {
      assertOpen();
      const consumer = embeddedConsumer(wanted, { calls, clock, sessionTimeoutMs });
      consumers.add(consumer);
      const stop = async (): Promise<void> => {
        await consumer.stop();
        consumers.delete(consumer);
      };
      return { setTopics: consumer.setTopics, stop };
    },
    lag: async (group, topics) => {
      assertOpen();
      return calls.lag(group, topics);
    },
    close: () => (closed ??= close(consumers)),
  };
};

const wakeReaders = (consumers: ReadonlySet<EmbeddedConsumer>, records: readonly OutRecord[]): void => {
  const written = new Set(records.map(({ topic }) => topic));
  for (const consumer of consumers) consumer.wake(written);
};

const publishTo = async (
  calls: BusCalls,
  records: readonly OutRecord[],
  now: number,
): Promise<PublishResult> => {
  const detail = tooLarge(records);
  if (detail !== undefined) return { kind: 'refused', code: 'too_large', detail };
  if (records.length === 0) return { kind: 'ok' };
  try {
    const reply = await calls.publish(records, now);
    if (reply.kind === 'done') return { kind: 'ok' };
    return { kind: 'refused', code: 'unknown_topic', detail: `there is no topic ${reply.topic}` };
  } catch (cause) {
    return { kind: 'ambiguous', cause };
  }
};

const openThread = async (dataDir: string): Promise<{ thread: BusThread; id: string }> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const script = new URL('./bus-thread.ts', import.meta.url);
  const thread = await startThread<BusRequest, BusReply, BusHello>(script, { path: join(dataDir, 'bus.db') });
  const { hello } = thread;
  if (hello.kind === 'unusable') throw new UnsafeDatabase(hello.detail);
  return { thread, id: hello.id };
};
