import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Position } from '../../src/infra/event-store/port.ts';
import { connectedStore } from '../support/mongo-stores.ts';
import { at, document, goLive, put, runs, written } from '../support/read-documents.ts';
import type { MongoServer } from '../support/servers/mongo.ts';
import { startMongo } from '../support/servers/mongo.ts';

// For feeds of documents in processes that do not fold themselves.
describe('what has moved in the MongoDB read store', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  /** A read model at position 1, and a look that remembers what it was told, as the shared projector does. */
  const followed = async () => {
    const { store, forget, close } = await connectedStore({ url: server.url });
    await goLive(store, runs);
    await put(store, { name: runs.name, generation: 1 }, document('a', 1, {}));
    const known = new Map<string, Position>();
    const look = async (isFollowed = () => true) => {
      const moves = await store.movedSince(known, isFollowed);
      for (const { name, position } of moves) known.set(name, position);
      return moves;
    };
    expect(await look()).toEqual([{ name: runs.name, position: at(1), ids: null }]);
    expect(await look()).toEqual([]);
    const end = async () => {
      await forget();
      await close();
    };
    return { store, look, end };
  };

  it('names what was written, once', async () => {
    const { store, look, end } = await followed();
    await put(store, { name: runs.name, generation: 1 }, document('b', 2, {}));
    expect(await look()).toEqual([{ name: runs.name, position: at(2), ids: ['b'] }]);
    expect(await look()).toEqual([]);
    await end();
  });

  it('is everything where another generation took over at the same position, and where documents were folded again', async () => {
    const { store, look, end } = await followed();
    const next = { name: runs.name, generation: 2 };
    await store.fill(runs, 2);
    await put(store, next, document('a', 1, { status: 'OPEN' }));
    await store.seal(runs, 2);
    expect(await look()).toEqual([]);
    await store.switchTo(next);
    const anew = [{ name: runs.name, position: at(1), ids: null }];
    expect(await look()).toEqual(anew);
    expect(await look()).toEqual([]);
    await store.replace(next, document('a', 1, { status: 'DONE' }));
    expect(await look()).toEqual(anew);
    expect(await look()).toEqual([]);
    await end();
  });

  it('is told by the next look where one fails on its way', async () => {
    const { store, look, end } = await followed();
    await goLive(store, written);
    const other = { name: written.name, generation: 1 };
    await put(store, other, document('c', 1, { batch: 1 }));
    expect(await look()).toEqual([{ name: written.name, position: at(1), ids: null }]);
    const next = { name: runs.name, generation: 2 };
    await store.fill(runs, 2);
    await put(store, next, document('a', 1, { status: 'OPEN' }));
    await store.seal(runs, 2);
    await store.switchTo(next);
    await put(store, other, document('d', 2, { batch: 2 }));
    const away = () => {
      throw new Error('away');
    };
    await expect(look(away)).rejects.toThrow('away');
    expect(await look()).toEqual([
      { name: runs.name, position: at(1), ids: null },
      { name: written.name, position: at(2), ids: ['d'] },
    ]);
    await end();
  });
});
