import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Slot } from '../../src/infra/read-store/port.ts';
import { mongoAnswer } from '../support/mongo-answers.ts';
import type { ConnectedStore } from '../support/mongo-stores.ts';
import { connectedStore, urlThrough } from '../support/mongo-stores.ts';
import { at, document, everything, goLive, numbered, put, runs } from '../support/read-documents.ts';
import type { MongoServer } from '../support/servers/mongo.ts';
import { startMongo } from '../support/servers/mongo.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

// As BSON has it: a command's name is the first member of its message, with the collection as its value.
const UPDATE = '\u0002update\u0000';
const UNAVAILABLE = { name: 'MongoUnavailable' };
const NOT_PRIMARY = { errmsg: 'not primary', code: 10_107, codeName: 'NotWritablePrimary' };

describe('writes that MongoDB answers with a failure', () => {
  let server: MongoServer;
  let proxy: TcpProxy;
  let direct: ConnectedStore;
  let opened: ConnectedStore[];
  let slot: Slot;

  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const { hostname, port } = new URL(server.url.replace(/^mongodb/, 'http'));
    proxy = await tcpProxy(hostname, Number(port));
    direct = await connectedStore({ url: server.url });
    opened = [direct];
    slot = await goLive(direct.store, runs);
  });
  afterEach(async () => {
    await direct.forget();
    for (const { close } of opened) await close();
    await proxy.down();
  });

  const through = async (patienceMs: number): Promise<ConnectedStore> => {
    const { namespace } = direct;
    const store = await connectedStore({ url: urlThrough(server.url, proxy.port), namespace, patienceMs });
    opened.push(store);
    return store;
  };

  /** Answers updates with a failure: `times` of them, after `skip` that pass. */
  const refuseUpdates = (failure: object, { times, skip = 0 }: { times: number; skip?: number }): void => {
    let seen = 0;
    proxy.answerInstead((request) => {
      if (!request.includes(UPDATE, 0, 'latin1')) return undefined;
      seen += 1;
      return seen > skip && seen <= skip + times ? mongoAnswer(request, { ok: 0, ...failure }) : undefined;
    });
  };

  it('repeats a batch in the middle of which the primary stepped down (F-M-03)', async () => {
    const [patient, impatient] = [await through(60_000), await through(0)];
    const batch = numbered(2500, 4);
    // A driver that may tries the same once more by itself: the batch fails for good with the second one.
    refuseUpdates(NOT_PRIMARY, { times: 2, skip: 1 });
    await expect(put(impatient.store, slot, ...batch)).rejects.toMatchObject(UNAVAILABLE);
    const failed = proxy.answered();
    expect(failed).toBeGreaterThan(0);
    expect(await direct.store.checkpoint(slot)).toBeNull();
    const half = await everything(direct.store, slot);
    expect(half.length).toBeGreaterThan(0);
    expect(half.length).toBeLessThan(2500);
    refuseUpdates(NOT_PRIMARY, { times: 4, skip: 1 });
    await put(patient.store, slot, ...numbered(2500, 5));
    expect(proxy.answered() - failed).toBe(4);
    expect(await everything(direct.store, slot)).toEqual(numbered(2500, 5));
    expect(await direct.store.checkpoint(slot)).toBe(at(5));
  });

  it('opens no transaction, and takes what is said of one for a failure like any other (F-M-07)', async () => {
    const { store } = await through(60_000);
    const labelled = (errorLabels: readonly string[]) => ({ ...NOT_PRIMARY, errorLabels });
    refuseUpdates(labelled(['TransientTransactionError']), { times: 3 });
    await put(store, slot, ...numbered(5, 2));
    expect(proxy.answered()).toBe(3);
    refuseUpdates(labelled(['UnknownTransactionCommitResult']), { times: 1 });
    await put(store, slot, ...numbered(5, 3));
    expect(proxy.answered()).toBe(4);
    expect(await everything(direct.store, slot)).toEqual(numbered(5, 3));
    expect(await direct.store.checkpoint(slot)).toBe(at(3));
    for (const word of ['startTransaction', 'commitTransaction', 'autocommit'])
      expect(proxy.seen(word)).toBe(0);
  });

  it('gives up a write that is refused for ever once its patience is over (F-M-07)', async () => {
    const { store } = await through(2000);
    refuseUpdates({ ...NOT_PRIMARY, errorLabels: ['TransientTransactionError'] }, { times: Infinity });
    const began = performance.now();
    await expect(put(store, slot, document('a', 1, {}))).rejects.toMatchObject(UNAVAILABLE);
    expect(proxy.answered()).toBeGreaterThan(1);
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});
