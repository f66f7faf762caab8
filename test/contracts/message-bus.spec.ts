import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { OpenBus } from '../support/bus-records.ts';
import { messageBusGroupsContract } from './message-bus-groups.contract.ts';
import { messageBusContract } from './message-bus.contract.ts';

const open: OpenBus = async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'skald-bus-'));
  const openOne = () => embeddedBus({ dataDir, clock: systemClock() });
  const buses = [await openOne()];
  const [bus] = buses;
  if (bus === undefined) throw new Error('no bus');
  return {
    bus,
    another: async () => {
      const one = await openOne();
      buses.push(one);
      return one;
    },
    close: async () => {
      await Promise.all(buses.map((one) => one.close()));
      await rm(dataDir, { recursive: true });
    },
  };
};

messageBusContract('embedded', open);
messageBusGroupsContract('embedded', open);
