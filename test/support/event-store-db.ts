import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/infra/clock/port.ts';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import { eventStoreDb } from '../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import type { EventStoreDbOptions } from '../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import { startEventStoreDouble } from './eventstoredb/double.ts';
import type { DoubleOptions, EventStoreDouble } from './eventstoredb/double.ts';
import { ZERO_HASH } from '../../src/infra/event-store/hash.ts';
import { hashOf, metadataText } from '../../src/infra/event-store/eventstoredb/stored-event.ts';
import { metadata } from './events.ts';

/** Time that runs `factor` times as fast, so that patience of seconds is a test of tenths. */
export const hurriedClock = (factor: number): Clock => {
  const clock = systemClock();
  return {
    now: () => clock.now() * factor,
    schedule: (delayMs, task) => clock.schedule(delayMs / factor, task),
  };
};

export const aNamespace = (): string => `n${randomUUID().slice(0, 8)}`;

/** A store that closes with the test, and what it complained of. */
export const openedStore = async (options: Partial<EventStoreDbOptions> & { readonly url: string }) => {
  const troubles: unknown[] = [];
  const store = await eventStoreDb({
    namespace: aNamespace(),
    clock: systemClock(),
    random: systemRandom(),
    onTrouble: (error) => void troubles.push(error),
    ...options,
  });
  onTestFinished(store.close);
  return { store, troubles };
};

/** A double that stops with the test. */
export const aDouble = async (options: DoubleOptions = {}) => {
  const double = await startEventStoreDouble(options);
  onTestFinished(double.stop);
  return double;
};

export const messagesOf = (troubles: readonly unknown[]): string =>
  troubles.map((error) => (error instanceof Error ? error.message : String(error))).join('\n');

/** A log begins with it. One that is there already stays. */
const plantIdentity = (double: EventStoreDouble, namespace: string): void => {
  double.log.append(`${namespace}.log-identity`, 'no_stream', [
    {
      id: randomUUID(),
      type: 'LogCreated',
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify({ logId: randomUUID() })),
      metadata: Buffer.from('{}'),
    },
  ]);
};

/** Puts one event into each of `count` new streams, past the wire, as the adapter would have written it. */
export const plantHistory = (double: EventStoreDouble, namespace: string, count: number): void => {
  const own = metadata();
  plantIdentity(double, namespace);
  for (let index = 0; index < count; index += 1) {
    const [id, stream] = [randomUUID(), `saga-${randomUUID()}`];
    const event = {
      stream,
      revision: 0,
      eventId: id,
      type: 'Planted',
      schemaVersion: '1.0',
      data: '{"x":1}',
    };
    const text = metadataText(own, '1.0', hashOf(ZERO_HASH, event, own));
    double.log.append(`${namespace}.${stream}`, 'no_stream', [
      {
        id,
        type: event.type,
        contentType: 'application/json',
        data: Buffer.from(event.data),
        metadata: Buffer.from(text),
      },
    ]);
  }
};
