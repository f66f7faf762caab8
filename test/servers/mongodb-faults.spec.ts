import fc from 'fast-check';
import { WriteConcern } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { connectMongo } from '../../src/infra/mongodb/connect.ts';
import { DocumentRefused, UnknownCollection } from '../../src/infra/read-store/port.ts';
import type { Slot } from '../../src/infra/read-store/port.ts';
import type { ConnectedStore } from '../support/mongo-stores.ts';
import { connectedStore, dumped, freshNamespace, urlThrough } from '../support/mongo-stores.ts';
import { at, dated, document, everything, goLive, numbered, put, runs } from '../support/read-documents.ts';
import type { MongoServer } from '../support/servers/mongo.ts';
import { startMongo } from '../support/servers/mongo.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

// As BSON has them: a command's name is the first member of its message, with the collection as its value.
const UPDATE = '\u0002update\u0000';
const CHECKPOINT_UPDATE = '.checkpoint\u0000';
const UNAVAILABLE = { name: 'MongoUnavailable' };
const bySize = { where: [], sort: { field: 'size', direction: 'asc' }, limit: 500 } as const;

describe('the MongoDB read store over a troubled network', () => {
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

  /** As another process sees the same read models, through the proxy. */
  const through = async (patienceMs: number, troubles: Error[] = []): Promise<ConnectedStore> => {
    const { namespace } = direct;
    const url = urlThrough(server.url, proxy.port);
    const store = await connectedStore({ url, namespace, patienceMs, troubles });
    opened.push(store);
    return store;
  };

  it('answers queries with a failure and lets a patient writer wait while the server is away (F-M-01)', async () => {
    const troubles: Error[] = [];
    const patient = await through(60_000, troubles);
    const impatient = await through(0);
    await put(patient.store, slot, document('a', 1, { size: 1 }));
    await proxy.down();
    await expect(impatient.store.find(runs.name, bySize)).rejects.toMatchObject(UNAVAILABLE);
    const written = put(patient.store, slot, document('a', 2, { size: 2 }), document('b', 2, { size: 3 }));
    await vi.waitFor(() => expect(troubles.map(String).join()).toContain('no server'), 15_000);
    expect(patient.connection.isUp()).toBe(false);
    await proxy.up();
    await written;
    expect((await impatient.store.find(runs.name, bySize)).documents.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(patient.connection.isUp()).toBe(true);
  });

  it('keeps over a kill of the server all it was told is written (F-M-01)', async () => {
    const [patient, impatient] = [await through(60_000), await through(0)];
    let acknowledged = 0;
    const enough = new AbortController();
    const writing = (async () => {
      for (let number = 1; !enough.signal.aborted; number += 1) {
        await put(patient.store, slot, ...numbered(20, number));
        acknowledged = number;
      }
    })();
    await vi.waitFor(() => {
      expect(acknowledged).toBeGreaterThan(3);
    }, 10_000);
    // One of the environment is not ours to kill: then it is the way to it that goes.
    const isOurs = server.source !== 'environment';
    await (isOurs ? server.kill() : proxy.down());
    let before = Infinity;
    try {
      await expect(impatient.store.checkpoint(slot)).rejects.toMatchObject(UNAVAILABLE);
      before = acknowledged;
    } finally {
      await (isOurs ? server.restart() : proxy.up());
    }
    const kept = await everything(direct.store, slot);
    expect(kept).toHaveLength(20);
    for (const { position } of kept) expect(position >= at(before)).toBe(true);
    await vi.waitFor(() => {
      expect(acknowledged).toBeGreaterThan(before + 2);
    }, 15_000);
    enough.abort();
    await writing;
    expect(await everything(direct.store, slot)).toEqual(numbered(20, acknowledged));
    expect(await direct.store.checkpoint(slot)).toBe(at(acknowledged));
  });

  it('fails within its deadline where the server accepts and never answers (F-M-02)', async () => {
    const troubles: Error[] = [];
    const { store, connection } = await through(0, troubles);
    await put(store, slot, document('a', 1, { size: 1 }));
    proxy.freeze();
    const startedMs = performance.now();
    const calls = await Promise.allSettled([
      store.get(runs.name, 'a'),
      put(store, slot, document('b', 2, {})),
    ]);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    await vi.waitFor(() => expect(connection.isUp()).toBe(false), 15_000);
    proxy.thaw();
    await vi.waitFor(async () => expect((await store.get(runs.name, 'a')).document?.id).toBe('a'), 15_000);
  });

  it('leaves connections that are dead and do not end for new ones (F-M-02)', async () => {
    const [patient, impatient] = [await through(60_000), await through(0)];
    await put(patient.store, slot, document('a', 1, { size: 1 }));
    await impatient.store.get(runs.name, 'a');
    expect(proxy.strand()).toBeGreaterThan(0);
    const startedMs = performance.now();
    // The driver may repeat a read by itself.
    await Promise.allSettled([impatient.store.get(runs.name, 'a')]);
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(3000);
    expect(tookMs).toBeLessThan(15_000);
    await put(patient.store, slot, document('a', 2, { size: 2 }));
    await vi.waitFor(
      async () => expect((await impatient.store.get(runs.name, 'a')).document?.body).toEqual({ size: 2 }),
      { timeout: 30_000, interval: 100 },
    );
  });

  it('waits at start for a server that does not answer yet, telling so without credentials (F-M-02)', async () => {
    await proxy.down();
    const troubles: Error[] = [];
    const url = urlThrough(server.url, proxy.port);
    const starting = connectedStore({ url, namespace: direct.namespace, troubles });
    await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(0), 15_000);
    await proxy.up();
    opened.push(await starting);

    const broken = `mongodb://someone:pass${String.fromCharCode(0x25)}word@/`;
    const clock = systemClock();
    const refused = connectMongo({ url: broken, namespace: 'x', clock, onTrouble: () => undefined });
    await expect(refused).rejects.toMatchObject({ name: 'MongoRefused' });
    await expect(refused).rejects.not.toThrow(/someone|word/);
  });

  it('gains nothing from a write whose answer was lost and which is sent again (F-M-04)', async () => {
    const { store } = await through(30_000);
    const history = await goLive(direct.store, dated);
    for (const [target, text] of [
      [slot, UPDATE],
      [history, '\u0002insert\u0000'],
      [history, CHECKPOINT_UPDATE],
    ] as const) {
      const before = proxy.cuts();
      proxy.cutOnce({ text, at: 'reply' });
      await put(store, target, document('a', before + 2, { size: before }), document('b', before + 2, {}));
      expect(proxy.cuts()).toBe(before + 1);
      expect(await direct.store.checkpoint(target)).toBe(at(before + 2));
      expect((await direct.store.get(target.name, 'a')).document?.body).toEqual({ size: before });
    }
    expect((await direct.store.getAt(dated.name, 'a', at(3)))?.body).toEqual({ size: 1 });
    expect((await direct.store.getAt(dated.name, 'a', at(4)))?.body).toEqual({ size: 2 });
  });

  it('ends with the latest of what several write at once (F-M-05)', async () => {
    const writers = [await through(0), await through(0), await through(0)];
    const rounds = 15;
    for (let round = 0; round < rounds; round += 1) {
      const ids = Array.from({ length: 20 }, (_, index) => `r${String(round)}-${String(index)}`);
      await Promise.all(
        writers.map(({ store }, writer) => {
          const position = 1 + ((writer + round) % writers.length);
          return put(store, slot, ...ids.map((id) => document(id, position, { size: position })));
        }),
      );
    }
    const found = await everything(direct.store, slot);
    expect(found).toHaveLength(rounds * 20);
    expect(new Set(found.map(({ body }) => body?.['size']))).toEqual(new Set([3]));
    expect(proxy.seen('E11000')).toBeGreaterThan(0);
  });

  it('takes a refused key for applied only where the stored position says so (F-M-05)', async () => {
    const { store } = await through(0);
    await put(direct.store, slot, document('a', 1, { size: 1 }), document('b', 9, { size: 9 }));
    // The answer of a lost race: no document matches, so one is inserted, and an older one stands in its way.
    proxy.alterOnce({ from: '$lt\u0000', to: '$gt\u0000' });
    await put(store, slot, document('a', 3, { size: 3 }));
    expect(proxy.alterations()).toBe(1);
    expect(proxy.seen('E11000')).toBe(1);
    await put(store, slot, document('b', 3, { size: 3 }));
    expect(proxy.seen('E11000')).toBe(2);
    const sizes = (await everything(direct.store, slot)).map(({ body }) => body?.['size']);
    expect(sizes).toEqual([3, 9]);
  });

  it('never moves the checkpoint over a batch that was cut in the middle (F-M-06)', async () => {
    const { store } = await through(0);
    const batch = numbered(2500, 4);
    proxy.cutOnce({ text: UPDATE, at: 'request', skip: 1 });
    await expect(put(store, slot, ...batch)).rejects.toMatchObject(UNAVAILABLE);
    expect(proxy.cuts()).toBe(1);
    const half = await everything(direct.store, slot);
    expect(half.length).toBeGreaterThan(0);
    expect(half.length).toBeLessThan(2500);
    expect(await direct.store.checkpoint(slot)).toBeNull();
    await put(store, slot, ...batch);
    expect(await everything(direct.store, slot)).toEqual(batch);
    expect(await direct.store.checkpoint(slot)).toBe(at(4));
  });

  it('leaves the same bytes when it ended between documents and checkpoint (F-M-08)', async () => {
    const { store } = await through(0);
    const history = await goLive(direct.store, dated);
    const batch = [document('a', 2, { size: 2 }), document('a', 4, { size: 4 }), document('b', 3, null)];
    proxy.cutOnce({ text: CHECKPOINT_UPDATE, at: 'request' });
    await expect(put(store, history, ...batch)).rejects.toMatchObject(UNAVAILABLE);
    expect(proxy.cuts()).toBe(1);
    expect(await direct.store.checkpoint(history)).toBeNull();
    const before = JSON.stringify(await everything(direct.store, history));
    expect(before).toContain('"b"');
    await put(store, history, ...batch);
    expect(JSON.stringify(await everything(direct.store, history))).toBe(before);
    expect(await direct.store.checkpoint(history)).toBe(at(4));
    expect((await direct.store.getAt(dated.name, 'a', at(3)))?.body).toEqual({ size: 2 });
  });

  it('keeps its own concerns and limits, whatever its address says (9.3 A, H)', async () => {
    const weak = 'w=0&journal=false&wtimeoutMS=1&readPreference=secondaryPreferred';
    const patient = 'socketTimeoutMS=0&waitQueueTimeoutMS=0&serverSelectionTimeoutMS=900000';
    const url = `${server.url}${server.url.includes('?') ? '&' : '?'}${weak}&${patient}`;
    const { namespace } = direct;
    const connected = await connectedStore({ url, namespace });
    opened.push(connected);
    const { db, collection } = connected.connection;
    expect(collection('any').writeConcern).toEqual(new WriteConcern('majority', undefined, true));
    const { options } = db.client;
    expect(options.readPreference.mode).toBe('primary');
    const { socketTimeoutMS, waitQueueTimeoutMS, serverSelectionTimeoutMS } = options;
    expect([socketTimeoutMS, waitQueueTimeoutMS, serverSelectionTimeoutMS]).toEqual([5000, 2000, 5000]);
    await put(connected.store, slot, document('a', 1, { size: 1 }));
    expect(await everything(direct.store, slot)).toHaveLength(1);
  });

  it('sends a standalone server no write it does not know (F-M-09)', async () => {
    const { store, connection } = await through(0);
    await put(store, slot, document('a', 1, { size: 1 }));
    const hello: Record<string, unknown> = await connection.db.admin().command({ ismaster: 1 });
    expect(proxy.seen(UPDATE)).toBeGreaterThan(0);
    expect(proxy.seen('txnNumber') > 0).toBe('setName' in hello);
  });

  it('knows nothing of a dropped database and is filled anew (F-M-10)', async () => {
    await put(direct.store, slot, document('a', 7, { size: 1 }));
    await direct.forget();
    expect(await direct.store.generations(runs.name)).toEqual({ live: null, previous: null, filling: null });
    await expect(direct.store.checkpoint(slot)).rejects.toThrow(UnknownCollection);
    await expect(put(direct.store, slot, document('a', 8, {}))).rejects.toThrow(UnknownCollection);
    await goLive(direct.store, runs);
    expect(await direct.store.checkpoint(slot)).toBeNull();
    expect(await everything(direct.store, slot)).toEqual([]);
  });

  it('takes nothing from a projector under which an earlier state was restored (F-M-10)', async () => {
    const [running, other] = [await through(0), await through(0)];
    await put(running.store, slot, ...numbered(3, 5));
    const restore = await dumped(direct);
    await put(running.store, slot, ...numbered(3, 7), document('later', 7, {}));
    await restore();
    await expect(running.store.getMany(slot, ['d00000'])).rejects.toThrow(UnknownCollection);
    await expect(put(running.store, slot, ...numbered(1, 9))).rejects.toThrow(UnknownCollection);
    expect(await everything(other.store, slot)).toEqual(numbered(3, 5));
    // Where it begins anew, it goes on from what is there.
    expect(await running.store.generations(runs.name)).toMatchObject({ live: 1 });
    expect(await running.store.checkpoint(slot)).toBe(at(5));
    await put(running.store, slot, ...numbered(3, 9));
    expect(await everything(other.store, slot)).toEqual(numbered(3, 9));
  });

  it('keeps any key and any depth that is allowed, and refuses the rest before the driver (F-M-11)', async () => {
    const key = fc.oneof(
      fc.constantFrom(
        '$set',
        '$where',
        'a.b',
        '.',
        '',
        'a\u0000b',
        '1',
        '0',
        'constructor',
        '_id',
        '_pos',
        'f',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    const value = fc.oneof(
      fc.integer(),
      fc.constant(null),
      fc.string({ unit: 'binary', maxLength: 9 }),
      fc.boolean(),
    );
    const body = fc.dictionary(
      key.filter((one) => one !== '__proto__' && !(one in runs.fields)),
      value,
      { maxKeys: 8 },
    );
    let number = 0;
    await fc.assert(
      fc.asyncProperty(body, async (one) => {
        number += 1;
        await put(direct.store, slot, document('any', number, one));
        const stored = (await direct.store.get(runs.name, 'any')).document?.body;
        expect(Object.entries(stored ?? {}).sort()).toEqual(Object.entries(one).sort());
      }),
      { numRuns: 60 },
    );
    const nested = (depth: number): unknown => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
    await put(direct.store, slot, document('deep', 1, { in: nested(63) }));
    for (const wrong of [{ in: nested(65) }, { text: 'x'.repeat(17 * 1024 * 1024) }, { count: 2n ** 63n }])
      await expect(put(direct.store, slot, document('wrong', 1, wrong))).rejects.toThrow(DocumentRefused);
  });

  it('lets the later position win where two projectors write one slot (F-M-12)', async () => {
    const [ahead, behind] = [await through(0), await through(0)];
    await put(ahead.store, slot, ...numbered(50, 9));
    await put(behind.store, slot, ...numbered(50, 5));
    expect(await everything(direct.store, slot)).toEqual(numbered(50, 9));
    expect(await direct.store.checkpoint(slot)).toBe(at(9));
    expect(proxy.seen('E11000')).toBeGreaterThan(0);
    const next = { name: runs.name, generation: 2 };
    await Promise.all([ahead.store.fill(runs, 2), behind.store.fill(runs, 2)]);
    await put(behind.store, next, document('a', 1, { size: 1 }));
    await ahead.store.seal(runs, 2);
    await Promise.all([ahead.store.switchTo(next), behind.store.switchTo(next)]);
    expect(await direct.store.generations(runs.name)).toEqual({ live: 2, previous: 1, filling: null });
    expect((await direct.store.get(runs.name, 'a')).document?.body).toEqual({ size: 1 });
  });

  it('takes nothing from a projector that slept while another has filled its slot anew (F-M-12, F-P-08)', async () => {
    const [sleeper, other] = [await through(0), await through(0)];
    const filling = { name: runs.name, generation: 2 };
    await sleeper.store.fill(runs, 2);
    await put(sleeper.store, filling, ...numbered(3, 5));
    await other.store.drop(filling);
    await other.store.fill(runs, 2);
    await expect(sleeper.store.getMany(filling, ['d00000'])).rejects.toThrow(UnknownCollection);
    await expect(put(sleeper.store, filling, document('d00000', 9, {}))).rejects.toThrow(UnknownCollection);
    expect(await everything(other.store, filling)).toEqual([]);
    expect(await other.store.checkpoint(filling)).toBe(null);
    // Where it begins anew, it takes the slot as it is.
    expect(await sleeper.store.generations(runs.name)).toEqual({ live: 1, previous: null, filling: 2 });
    expect(await sleeper.store.checkpoint(filling)).toBe(null);
  });

  it('leaves no collection of a slot behind that nobody can name any more', async () => {
    for (const generation of [2, 3, 4]) await goLive(direct.store, runs, generation);
    await put(direct.store, { ...slot, generation: 4 }, document('a', 1, {}));
    // What a writer that comes late makes again, or a crash before the drop leaves.
    await direct.connection.db.createCollection(`${direct.namespace}_read1.${runs.name}.g1r1`);
    await direct.store.drop({ ...slot, generation: 3 });
    const names = (await direct.connection.db.listCollections({}, { nameOnly: true }).toArray())
      .map(({ name }) => name)
      .filter((name) => name.startsWith(`${direct.namespace}_read1.`));
    expect(names.filter((name) => !name.includes('.g4r'))).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
  });

  it('keeps namespaces apart', async () => {
    const other = await connectedStore({ url: server.url, namespace: freshNamespace() });
    opened.push(other);
    await put(direct.store, slot, document('a', 1, {}));
    await expect(other.store.get(runs.name, 'a')).rejects.toThrow(UnknownCollection);
  });
});
