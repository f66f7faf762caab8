import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import { eventStoreDb } from '../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import { checkpointsContract } from '../contracts/checkpoints.contract.ts';
import { eventStoreContract } from '../contracts/event-store.contract.ts';
import type { EventStoreDbServer } from '../support/servers/eventstoredb.ts';
import { startEventStoreDb } from '../support/servers/eventstoredb.ts';

describe('the event store on EventStoreDB', () => {
  let server: EventStoreDbServer;
  beforeAll(async () => {
    server = await startEventStoreDb();
  });
  afterAll(() => server.stop());

  /** A fresh namespace each time, so that the log begins empty. */
  const opened = async () => {
    const options = {
      ...{ url: server.url, namespace: `t${randomUUID().replaceAll('-', '')}`, clock: systemClock() },
      ...{ random: systemRandom(), onTrouble: () => undefined, signal: AbortSignal.timeout(30_000) },
    };
    let store = await eventStoreDb(options);
    const reopen = async () => {
      await store.close();
      store = await eventStoreDb(options);
      return store;
    };
    return { store, reopen, close: () => store.close() };
  };

  eventStoreContract('EventStoreDB', opened);
  checkpointsContract('EventStoreDB', async () => {
    const { store, reopen, close } = await opened();
    return { store, checkpoints: store.checkpoints, reopen: async () => (await reopen()).checkpoints, close };
  });
});
