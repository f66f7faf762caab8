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
import { consumersOver } from './consumers.ts';
import type { BusHello, BusReply, BusRequest } from './protocol.ts';
import { recordPacker } from './packed-records.ts';
import type { PackedRecords } from './packed-records.ts';
import { keepRetention } from './regularly.ts';

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
  const consumers = consumersOver({ calls, clock, sessionTimeoutMs });
  const close = async (): Promise<void> => {
    retention.stop();
    await consumers.stop();
    await thread.stop();
  };
  return { id, ...busOver(calls, consumers, clock, close) };
};

const busOver = (
  calls: BusCalls,
  consumers: ReturnType<typeof consumersOver>,
  clock: Clock,
  close: () => Promise<void>,
): Omit<MessageBus, 'id'> => {
  let closed: Promise<void> | undefined;
  const assertOpen = (): void => {
    if (closed) throw new Error(CLOSED);
  };
  const publish = publisherOver(calls, clock, consumers.wake);
  return {
    ensureTopics: async (topics) => {
      assertOpen();
      assertTopics(topics);
      await calls.ensure(topics, clock.now());
    },
    publish: async (records) =>
      closed ? { kind: 'refused', code: 'closed', detail: CLOSED } : publish(records),
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws becomes a rejection
    consume: async (wanted) => {
      assertOpen();
      return consumers.add(wanted);
    },
    lag: async (group, topics) => {
      assertOpen();
      return calls.lag(group, topics);
    },
    close: () => (closed ??= close()),
  };
};

const publisherOver = (calls: BusCalls, clock: Clock, wake: (topics: readonly string[]) => void) => {
  const { pack, giveBack } = recordPacker();
  return async (records: readonly OutRecord[]): Promise<PublishResult> => {
    const detail = tooLarge(records);
    if (detail !== undefined) return { kind: 'refused', code: 'too_large', detail };
    if (records.length === 0) return { kind: 'ok' };
    const packed = pack(records);
    const result = await publishTo(calls, packed, clock.now());
    giveBack(packed);
    wake(packed.topics);
    return result;
  };
};

const publishTo = async (calls: BusCalls, records: PackedRecords, now: number): Promise<PublishResult> => {
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
