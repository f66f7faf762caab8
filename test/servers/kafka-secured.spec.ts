// A broker that wants TLS and a password.
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import type { KafkaBusOptions } from '../../src/infra/message-bus/kafka/kafka.ts';
import { newTopic, publishAll, read, untilSeen } from '../support/bus-records.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { initiatorYaml, outRecord } from '../support/messaging-world.ts';
import { securedKafka } from '../support/servers/kafka/secured.ts';
import { startSkald } from '../support/skald-server.ts';

const [username, password] = ['skald', 'hunter2-51ac'];
const server = await securedKafka({ username, password });
afterAll(server.stop);

const open = async (options: Partial<KafkaBusOptions> = {}) => {
  const bus = await kafkaBus({
    ...{ brokers: [server.brokers], clientId: 'secured', clock: systemClock(), sessionTimeoutMs: 6000 },
    ...{ ssl: { ca: server.certificate }, sasl: { mechanism: 'scram-sha-512', username, password } },
    ...options,
  });
  onTestFinished(() => bus.close());
  return bus;
};

describe(`Kafka ${server.version} over TLS with SASL`, () => {
  it('publishes and reads', { timeout: 60_000 }, async () => {
    const bus = await open();
    const topic = await newTopic(bus);
    const reader = await read(bus, { topics: [topic] });
    await publishAll(bus, topic, ['a', 'b']);
    await untilSeen(reader, ['a', 'b']);
    expect(reader.troubles).toEqual([]);
  });

  it.each<readonly [string, RegExp, Partial<KafkaBusOptions>]>([
    [
      ...(['another password', /SASLAuthentication/] as const),
      { sasl: { mechanism: 'scram-sha-512', username, password: `not-${password}` } },
    ],
    ['a certificate that nobody it trusts has signed', /certificate/, { ssl: true }],
    ['no TLS', /Closed connection/, { ssl: false }],
  ])(
    'is not reached with %s, and no message names the password',
    { timeout: 60_000 },
    async (_, reason, options) => {
      const said: string[] = [];
      const note = (fields: object, message: string): void =>
        void said.push(message, JSON.stringify(fields), String(Object.values(fields)));
      const opening = open({ ...options, logger: { warn: note } });
      const error: unknown = await opening.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(String(error)).toMatch(reason);
      expect([...said, String(error)].join()).not.toContain(password);
    },
  );

  it('serves Skald by its settings', { timeout: 120_000 }, async () => {
    const skald = await startSkald(freshDirectory(), {
      ...{
        KAFKA_BROKERS: server.brokers,
        KAFKA_SSL: 'on',
        KAFKA_USERNAME: username,
        KAFKA_PASSWORD: password,
      },
      NODE_EXTRA_CA_CERTS: server.certificateFile,
    });
    const bus = await open();
    const registration = outRecord('orchestrator.registration', 'trip', initiatorYaml('trip', ['a']));
    await vi.waitFor(
      async () => {
        expect(await bus.publish([registration])).toEqual({ kind: 'ok' });
        const { status } = await fetch(`${skald.address}/api/v1/orchestrations/trip`);
        expect(status).toBe(200);
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(skald.output()).not.toContain(password);
    expect(await skald.stop()).toBe(0);
  });

  it(
    'is away for a Skald with another password, which says so and serves',
    { timeout: 120_000 },
    async () => {
      const skald = await startSkald(freshDirectory(), {
        ...{ KAFKA_BROKERS: server.brokers, KAFKA_SSL: 'on', KAFKA_USERNAME: username },
        ...{ KAFKA_PASSWORD: `not-${password}`, NODE_EXTRA_CA_CERTS: server.certificateFile },
      });
      await vi.waitFor(
        () => {
          expect(skald.output()).toContain('SASL');
        },
        { timeout: 60_000, interval: 200 },
      );
      expect((await fetch(`${skald.address}/readyz`)).status).toBe(200);
      expect(skald.output()).not.toContain(password);
      expect(await skald.stop()).toBe(0);
    },
  );
});
