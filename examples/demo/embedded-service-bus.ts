// The embedded bus from another process: Skald's own adapter over the same `bus.db`.
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { InRecord } from '../../src/infra/message-bus/port.ts';
import type { ServiceBus, ServiceRecord } from './service-bus.ts';

export const embeddedServiceBus = async (dataDir: string): Promise<ServiceBus> => {
  const bus = await embeddedBus({ dataDir, clock: systemClock() });
  const isThere = async (topic: string): Promise<boolean> => (await bus.lag('', [topic])).length > 0;
  return {
    there: async (topics, signal) => {
      for (const topic of topics) while (!(await isThere(topic))) await sleep(50, undefined, { signal });
    },
    send: async ({ topic, key, value, headers }) => {
      const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
      const result = await bus.publish([{ topic, key, value: Buffer.from(value), headers: bytes }]);
      if (result.kind !== 'ok') throw new Error(`a record for ${topic} was not taken`, { cause: result });
    },
    read: async (group, topics, handle) => {
      await bus.consume({
        group,
        topics,
        handle: (record) => handle(recordOf(record)),
        onTrouble: console.error,
        onFatal: (error) => {
          throw error;
        },
      });
    },
    close: bus.close,
  };
};

const recordOf = ({ topic, key, value, headers }: InRecord): ServiceRecord => ({
  topic,
  key: textOf(key),
  value: textOf(value),
  headers: Object.fromEntries(headers.map(([name, bytes]) => [name, textOf(bytes)])),
});

const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
