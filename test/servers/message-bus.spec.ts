import { afterAll } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import { messageBusContract } from '../contracts/message-bus.contract.ts';
import { messageBusGroupsContract } from '../contracts/message-bus-groups.contract.ts';
import type { OpenBus } from '../support/bus-records.ts';
import { startKafka } from '../support/servers/kafka.ts';

const server = await startKafka();
afterAll(server.stop);

const openOne = () =>
  kafkaBus({
    brokers: server.brokers.split(','),
    clientId: 'contract',
    clock: systemClock(),
    sessionTimeoutMs: 6000,
  });

const open: OpenBus = async () => {
  const bus = await openOne();
  const buses = [bus];
  return {
    bus,
    another: async () => {
      const one = await openOne();
      buses.push(one);
      return one;
    },
    close: async () => {
      await Promise.all(buses.map((one) => one.close()));
    },
  };
};

messageBusContract(`Kafka ${server.version}`, open);
messageBusGroupsContract(`Kafka ${server.version}`, open);
