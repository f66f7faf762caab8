import { setImmediate as turn } from 'node:timers/promises';
import { eventStoreContract } from '../contracts/event-store.contract.ts';
import { simulatedLog } from '../../sdk/simulator/log.ts';
import { simulatedStore } from '../../sdk/simulator/store.ts';
import type { Way } from '../../sdk/simulator/store.ts';

// Without faults and without the scheduler: each call takes a turn of the event loop.
const way: Way = {
  call: async (_label, operate) => {
    await turn();
    return operate();
  },
  append: async (_append, write) => {
    await turn();
    return write();
  },
  delivery: async () => {
    await turn();
    return { size: 4, twist: 'none' };
  },
  below: () => 0,
};

eventStoreContract('simulated', () => {
  let ticks = 0;
  const log = simulatedLog(() => 1_700_000_000_000 + (ticks++ % 3) * 1000);
  let store = simulatedStore(log, way);
  const reopen = async () => {
    await store.close();
    store = simulatedStore(log, way);
    return store;
  };
  return Promise.resolve({ store, reopen, close: () => store.close() });
});
