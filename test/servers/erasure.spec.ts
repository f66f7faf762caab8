// I-41 over Kafka: topics that carry instances in the clear by contract hold nothing of them past their time.
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import type { InRecord } from '../../src/infra/message-bus/port.ts';
import { instance, texts, untilHas } from '../support/canary-instance.ts';
import { filesUnder, findings } from '../support/canary-search.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { post } from '../support/http-calls.ts';
import { startKafka } from '../support/servers/kafka.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 240_000 });
const WAIT = { timeout: 120_000, interval: 2000 };
const TOPICS = ['instance-registered', 'instance-requested-for-retry', 'instance-deleted'].map(
  (name) => `local.flyt.event.${name}`,
);

const server = await startKafka();
afterAll(server.stop);

/** Every record that is still on these topics. */
const recordsOn = async (topics: readonly string[], group: string): Promise<readonly InRecord[]> => {
  const bus = await kafkaBus({
    ...{
      brokers: server.brokers.split(','),
      clientId: group,
      clock: systemClock(),
      sessionTimeoutMs: 10_000,
    },
  });
  const records: InRecord[] = [];
  const fail = (error: unknown): void => {
    throw error instanceof Error ? error : new Error('the consumer failed');
  };
  try {
    const handle = (record: InRecord): Promise<void> => {
      records.push(record);
      return Promise.resolve();
    };
    const consumer = await bus.consume({ group, topics, handle, onTrouble: () => undefined, onFatal: fail });
    await vi.waitFor(async () => {
      const lags = await bus.lag(group, topics);
      expect(lags).toHaveLength(topics.length);
      for (const { offset, end } of lags) expect(offset).toBe(end);
    }, WAIT);
    await consumer.stop();
  } finally {
    await bus.close();
  }
  return records;
};

const bytesOf = (records: readonly InRecord[]): ReadonlyMap<string, Buffer> =>
  new Map(
    records.map(({ topic, offset, value, headers }) => [
      `${topic}@${offset}`,
      Buffer.concat([value ?? Buffer.alloc(0), ...headers.map(([, bytes]) => bytes)]),
    ]),
  );

describe('an erased instance', () => {
  it('is on no topic of Kafka once it is past its time', async () => {
    const skald = await startSkald(freshDirectory(), {
      ...{ KAFKA_BROKERS: server.brokers, INSTANCE_EVENTS_RETENTION: '20s', RETENTION_DELAY: '1h' },
    });
    const delivered = await post(`${skald.address}/api/v1/instances`, instance);
    const { id } = z.object({ id: z.string() }).parse(JSON.parse(delivered.text));
    const url = `${skald.address}/api/v1/instances/${id}`;
    expect((await post(`${url}/retry`, {})).status).toBe(200);
    await untilHas(url, 'deleted', () => post(`${skald.address}/api/v1/instances/retention/runs`, {}));
    await untilHas(url, 'erased');
    expect(findings(bytesOf(await recordsOn(TOPICS, 'before')), texts)).not.toEqual([]);
    let look = 0;
    await vi.waitFor(async () => {
      look += 1;
      expect(await recordsOn(TOPICS, `after-${look}`)).toEqual([]);
    }, WAIT);
    const { logDirectory } = server;
    // A server of the environment keeps its files to itself.
    if (logDirectory !== undefined)
      await vi.waitFor(() => {
        expect(findings(filesUnder(logDirectory), texts)).toEqual([]);
      }, WAIT);
    expect(await skald.stop()).toBe(0);
  });
});
