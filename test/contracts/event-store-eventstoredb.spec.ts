import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import { eventStoreDb } from '../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import { startEventStoreDouble } from '../support/eventstoredb/double.ts';
import { checkpointsContract } from './checkpoints.contract.ts';
import { eventStoreContract } from './event-store.contract.ts';

// A server with other tenants on it, as in the field; the double is one of the server's protocol, not of its code.
eventStoreContract('eventstoredb over the wire double', async () => {
  const double = await startEventStoreDouble();
  const namespace = `n${randomUUID().slice(0, 8)}`;
  const around = { clock: systemClock(), random: systemRandom(), onTrouble: () => undefined };
  const options = { ...around, url: double.url };
  const other = await eventStoreDb({ ...options, namespace: `${namespace}x` });
  let store = await eventStoreDb({ ...options, namespace });
  const reopen = async () => {
    await store.close();
    store = await eventStoreDb({ ...options, namespace });
    return store;
  };
  const close = async () => {
    await store.close();
    await other.close();
    await double.stop();
  };
  return { store, reopen, close };
});

checkpointsContract('eventstoredb over the wire double', async () => {
  const double = await startEventStoreDouble();
  const around = { clock: systemClock(), random: systemRandom(), onTrouble: () => undefined };
  const options = { ...around, url: double.url, namespace: 'n1' };
  let store = await eventStoreDb(options);
  const reopen = async () => {
    await store.close();
    store = await eventStoreDb(options);
    return store.checkpoints;
  };
  const close = async () => {
    await store.close();
    await double.stop();
  };
  return { store, checkpoints: store.checkpoints, reopen, close };
});
