// The processes of docker-compose.yml with the settings they have there, but for addresses, on servers of this machine.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import { aNamespace } from '../support/event-store-db.ts';
import { skaldServices } from '../support/compose-file.ts';
import { startEventStoreDouble } from '../support/eventstoredb/double.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { readExposition } from '../support/exposition.ts';
import { makeKeys } from '../support/make-keys.ts';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { metricsAddress, startSkald } from '../support/skald-server.ts';

const log = await startEventStoreDouble();
const mongo = await startMongo();
const kafka = await startKafka();
afterAll(() => Promise.all([log.stop(), mongo.stop(), kafka.stop()]));

const namespace = aNamespace();
const WITHIN = { timeout: 60_000, interval: 200 };
const SERVICE = 'demo-service';

/** Every process, by its role; the token is that of the service. */
const startAll = async () => {
  const keys = makeKeys(freshDirectory());
  const dataDir = join(keys.servers, 'nothing');
  const bearer = readFileSync(join(keys.signing, 'service.token'), 'utf8').trim();
  const processes = await Promise.all(
    skaldServices().map(async ({ environment }) => {
      const given = Object.entries(environment).map(([name, value]): [string, string] => [
        name,
        String(value).replace('/keys/', `${keys.servers}/`),
      ]);
      const server = await startSkald(dataDir, {
        ...Object.fromEntries(given),
        ...{ HOST: '127.0.0.1', EVENTSTOREDB_URL: log.url, MONGODB_URL: mongo.url },
        ...{ KAFKA_BROKERS: kafka.brokers, NAMESPACE: namespace, TOPIC_PREFIX: namespace },
        ...{ METRICS_PORT: '0', LOG_LEVEL: 'info' },
      });
      return { role: String(environment['ROLES']), server, metrics: await metricsAddress(server) };
    }),
  );
  return { processes, dataDir, headers: { authorization: `Bearer ${bearer}`, 'x-service-name': SERVICE } };
};

const started = z.looseObject({ flowId: z.string(), position: z.string() });
const tasks = z.looseObject({ tasks: z.array(z.looseObject({ attempt: z.int() })) });
const items = z.looseObject({ items: z.array(z.looseObject({ status: z.string() })) });
const outcomes = z.looseObject({ results: z.array(z.looseObject({ outcome: z.string() })) });

describe('the processes of docker-compose.yml', () => {
  it('run one deployment together, each with its own role', { timeout: 240_000 }, async () => {
    const { processes, dataDir, headers } = await startAll();
    const [one = '', other = ''] = processes
      .filter(({ role }) => role === 'api')
      .map(({ server }) => server.address);
    for (const { role, server } of processes) {
      expect((await call(`${server.address}/readyz`)).status, role).toBe(200);
      const expected = role === 'api' ? 401 : 404;
      expect((await call(`${server.address}/api/v1/sagas`)).status, role).toBe(expected);
    }

    const registrations = `${one}/api/orchestration/register`;
    const steps = [{ seq: 1, name: 'book', objectType: 'hotel' }];
    await post(registrations, { orchName: 'trip', as: 'initiator', type: 'sequential', steps }, headers);
    await post(registrations, { orchName: 'trip', as: 'worker', steps: [{ name: 'book' }] }, headers);
    const { flowId } = read(await post(`${one}/api/orchestration/execute/trip`, {}, headers), started);

    const polled = await vi.waitFor(async () => {
      const answer = await post(`${other}/api/v1/tasks/poll`, { service: SERVICE, waitMs: 10_000 }, headers);
      const [task] = read(answer, tasks).tasks;
      if (task === undefined) throw new Error('no task yet');
      return task;
    }, WITHIN);
    const answer = {
      ...{ flowId, orchName: 'trip', stepName: 'book', action: 'DO', attempt: polled.attempt },
      metadata: { status: 'SUCCESS' },
    };
    const answered = read(await post(`${one}/api/v1/tasks/responses`, answer, headers), outcomes);
    expect(answered.results.map(({ outcome }) => outcome)).toEqual(['accepted']);

    await vi.waitFor(async () => {
      const listed = read(await call(`${other}/api/v1/sagas`, { headers }), items);
      expect(listed.items.map(({ status }) => status)).toEqual(['COMPLETED']);
    }, WITHIN);
    await expectMetrics(new Map(processes.map(({ role, metrics }) => [role, metrics])));
    await expectOnKafka(flowId);
    await expectTakenFromKafka(one, headers);
    expect(existsSync(dataDir)).toBe(false);

    await log.stop();
    expect((await call(`${other}/api/v1/sagas`, { headers })).status).toBe(200);
    const refused = await post(`${one}/api/orchestration/execute/trip`, {}, headers);
    expect(refused.status).toBe(503);
    await vi.waitFor(async () => {
      expect((await call(`${one}/readyz`)).status).toBe(503);
      expect((await call(`${one}/livez`)).status).toBe(200);
    }, WITHIN);
  });
});

/** Each process tells what it did, and all of them what there is. */
const expectMetrics = async (addresses: ReadonlyMap<string, string>): Promise<void> => {
  const valueAt = async (role: string, name: string, labels: Record<string, string> = {}) => {
    const { text } = await call(`${addresses.get(role) ?? ''}/metrics`);
    return readExposition(text).valueOf(name, labels);
  };
  for (const duty of ['reactor', 'projector', 'bridge'])
    expect(await valueAt(duty, 'skald_duty_held', { duty }), duty).toBe(1);
  expect(await valueAt('reactor', 'skald_duty_held', { duty: 'bridge' })).toBeUndefined();
  await vi.waitFor(async () => {
    for (const role of addresses.keys()) {
      expect(await valueAt(role, 'skald_projection_lag_events', { projection: 'sagas' }), role).toBe(0);
      expect(await valueAt(role, 'skald_bridge_lag_events'), role).toBe(0);
      expect(await valueAt(role, 'skald_runs_open', { status: 'IN_PROGRESS' }), role).toBe(0);
      expect(await valueAt(role, 'skald_tasks_offered'), role).toBe(0);
    }
  }, WITHIN);
};

const withBus = async (use: (bus: Awaited<ReturnType<typeof kafkaBus>>) => Promise<void>): Promise<void> => {
  const bus = await kafkaBus({ brokers: kafka.brokers.split(','), clientId: 'test', clock: systemClock() });
  try {
    await use(bus);
  } finally {
    await bus.close();
  }
};

const typesFor = async (key: string): Promise<readonly string[]> => {
  const types: string[] = [];
  await withBus(async (bus) => {
    const consumer = await bus.consume({
      group: `${namespace}-reader-${crypto.randomUUID()}`,
      topics: [`${namespace}.events.saga`],
      handle: (record) => {
        const type = record.headers.find(([name]) => name === 'ce_type')?.[1];
        if (Buffer.from(record.key ?? []).toString() === key) types.push(Buffer.from(type ?? []).toString());
        return Promise.resolve();
      },
      onTrouble: () => undefined,
      onFatal: () => undefined,
    });
    await vi.waitFor(() => expect(types).toContain('dev.skald.saga.completed.v1'), WITHIN);
    await consumer.stop();
  });
  return types;
};

/** The bridge published the run, in order. */
const expectOnKafka = async (flowId: string): Promise<void> => {
  const types = await typesFor(flowId);
  expect(types[0]).toBe('dev.skald.saga.started.v1');
  expect(types.at(-1)).toBe('dev.skald.saga.completed.v1');
};

/** The consumer takes a registration from its topic. */
const expectTakenFromKafka = async (
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> => {
  const yaml = 'orchName: cruise\nas: worker\nserviceName: boat-service\nsteps:\n  - name: sail\n';
  await withBus(async (bus) => {
    const topic = `${namespace}.registration`;
    const record = { topic, key: 'boat-service', value: Buffer.from(yaml), headers: [] };
    expect(await bus.publish([record])).toEqual({ kind: 'ok' });
  });
  await vi.waitFor(async () => {
    const { status } = await call(`${address}/api/v1/orchestrations/cruise`, { headers: { ...headers } });
    expect(status).toBe(200);
  }, WITHIN);
};
