import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DocumentRefused, UndeclaredField } from '../../src/infra/read-store/port.ts';
import type { CollectionSpec, ReadStore } from '../../src/infra/read-store/port.ts';
import type { OpenReadStore } from '../support/read-documents.ts';
import {
  at,
  dated,
  document,
  entries,
  everything,
  forget,
  goLive,
  put,
  runs,
} from '../support/read-documents.ts';

export const readStoreGenerationsContract = (name: string, open: OpenReadStore): void => {
  describe(`read store generations contract: ${name}`, () => {
    let opened: Awaited<ReturnType<OpenReadStore>>;
    let store: ReadStore;
    const slot = (generation: number, spec = runs) => ({ name: spec.name, generation });
    const bySize = { where: [], sort: { field: 'size', direction: 'asc' }, limit: 500 } as const;
    const idsFound = async (): Promise<readonly string[]> =>
      (await store.find(runs.name, bySize)).documents.map(({ id }) => id);

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    beforeEach(async () => {
      for (const spec of [runs, dated, entries]) await forget(store, spec.name);
    });
    afterAll(() => opened.close());

    it('knows none of a collection it never saw', async () => {
      expect(await store.generations(runs.name)).toEqual({ live: null, previous: null, filling: null });
    });

    it('fills, seals and switches, keeping the one before for a way back', async () => {
      await store.fill(runs, 1);
      expect(await store.generations(runs.name)).toEqual({ live: null, previous: null, filling: 1 });
      await put(store, slot(1), document('old', 1, { size: 1, steps: ['x'] }));
      await expect(store.find(runs.name, bySize)).rejects.toThrow();
      await store.seal(runs, 1);
      await store.switchTo(slot(1));
      expect(await store.generations(runs.name)).toEqual({ live: 1, previous: null, filling: null });

      await store.fill(runs, 2);
      await put(store, slot(2), document('new', 5, { size: 1 }));
      expect(await store.generations(runs.name)).toEqual({ live: 1, previous: null, filling: 2 });
      expect(await idsFound()).toEqual(['old']);
      await store.seal(runs, 2);
      expect(await idsFound()).toEqual(['old']);
      await store.switchTo(slot(2));
      expect(await store.generations(runs.name)).toEqual({ live: 2, previous: 1, filling: null });
      expect(await idsFound()).toEqual(['new']);
      expect((await store.get(runs.name, 'new')).position).toBe(at(5));

      await store.switchTo(slot(1));
      expect(await store.generations(runs.name)).toEqual({ live: 1, previous: 2, filling: null });
      expect(await idsFound()).toEqual(['old']);
      expect((await store.get(runs.name, 'old')).position).toBe(at(1));
    });

    it('keeps the later of two documents that were to be written once', async () => {
      await store.fill(entries, 1);
      const entry = (id: string, number: number) => document(id, number, { order: 'o', number });
      await put(store, slot(1, entries), entry('o/1', 1), entry('o/2', 2));
      await put(store, slot(1, entries), entry('o/1', 4), entry('o/3', 3));
      await put(store, slot(1, entries), entry('o/2', 2));
      await store.seal(entries, 1);
      await store.switchTo(slot(1, entries));
      const all = async () =>
        (await store.scan(slot(1, entries), null, 10)).map(({ id, position }) => [id, position]);
      expect(await all()).toEqual([
        ['o/1', at(4)],
        ['o/2', at(2)],
        ['o/3', at(3)],
      ]);
      await put(store, slot(1, entries), entry('o/1', 3), entry('o/3', 5), entry('o/4', 6));
      expect(await all()).toEqual([
        ['o/1', at(4)],
        ['o/2', at(2)],
        ['o/3', at(5)],
        ['o/4', at(6)],
      ]);
      const byNumber = { where: [], sort: { field: 'number', direction: 'desc' }, limit: 2 } as const;
      expect((await store.find(entries.name, byNumber)).documents.map(({ id }) => id)).toEqual([
        'o/4',
        'o/3',
      ]);
    });

    it('refuses what cannot be stored of documents that are written once', async () => {
      await store.fill(entries, 1);
      await expect(put(store, slot(1, entries), document('p/1', 1, { order: 'o' }))).rejects.toThrow(
        DocumentRefused,
      );
      await expect(
        put(store, slot(1, entries), document('o/1', 1, { order: 'o', number: 'x' })),
      ).rejects.toThrow(DocumentRefused);
      expect(await store.scan(slot(1, entries), null, 10)).toEqual([]);
    });

    it('changes nothing when it seals or switches again', async () => {
      await goLive(store, runs, 1);
      await goLive(store, runs, 2);
      await put(store, slot(2), document('a', 1, { size: 1 }));
      await store.seal(runs, 2);
      await store.switchTo(slot(2));
      expect(await store.generations(runs.name)).toEqual({ live: 2, previous: 1, filling: null });
      expect(await idsFound()).toEqual(['a']);
    });

    it('switches to none that is not sealed', async () => {
      await goLive(store, runs, 1);
      await store.fill(runs, 2);
      await expect(store.switchTo(slot(2))).rejects.toThrow(RangeError);
      expect(await store.generations(runs.name)).toEqual({ live: 1, previous: null, filling: 2 });
    });

    it('empties a generation that is filled again, checkpoint and indexes included', async () => {
      await store.fill(runs, 1);
      await put(store, slot(1), document('a', 1, { size: 1, steps: ['x'] }));
      await store.seal(runs, 1);
      await store.fill(runs, 1);
      expect(await everything(store, slot(1))).toEqual([]);
      expect(await store.checkpoint(slot(1))).toBeNull();
      await expect(store.switchTo(slot(1))).rejects.toThrow(RangeError);
    });

    it('never empties the live one', async () => {
      await goLive(store, runs, 1);
      await put(store, slot(1), document('a', 1, { size: 1 }));
      await expect(store.fill(runs, 1)).rejects.toThrow(RangeError);
      expect(await idsFound()).toEqual(['a']);
    });

    it('drops what is neither live, previous nor filling any more', async () => {
      for (const generation of [1, 2, 3]) await goLive(store, runs, generation);
      expect(await store.generations(runs.name)).toEqual({ live: 3, previous: 2, filling: null });
      await expect(store.checkpoint(slot(1))).rejects.toThrow();
      await store.fill(runs, 4);
      await store.fill(runs, 5);
      expect(await store.generations(runs.name)).toEqual({ live: 3, previous: 2, filling: 5 });
      await expect(store.checkpoint(slot(4))).rejects.toThrow();
    });

    it('drops each of them, also the live one, and what is not there', async () => {
      for (const generation of [1, 2]) await goLive(store, runs, generation);
      await store.fill(runs, 3);
      await store.drop(slot(9));
      await store.drop(slot(3));
      expect(await store.generations(runs.name)).toEqual({ live: 2, previous: 1, filling: null });
      await store.drop(slot(2));
      expect(await store.generations(runs.name)).toEqual({ live: null, previous: 1, filling: null });
      await expect(store.find(runs.name, bySize)).rejects.toThrow();
      await store.drop(slot(1));
      await store.drop(slot(1));
      expect(await store.generations(runs.name)).toEqual({ live: null, previous: null, filling: null });
      await goLive(store, runs, 1);
      expect(await everything(store, slot(1))).toEqual([]);
    });

    it('keeps collections apart', async () => {
      const other: CollectionSpec = { ...runs, name: 'test' };
      await goLive(store, runs, 1);
      await goLive(store, other, 1);
      await put(store, slot(1), document('a', 1, { size: 1 }));
      await put(store, slot(1, other), document('b', 2, { size: 1 }));
      await store.drop(slot(1, other));
      expect(await idsFound()).toEqual(['a']);
      expect(await store.checkpoint(slot(1))).toBe(at(1));
    });

    it('lets a generation declare other fields than the one before', async () => {
      await goLive(store, runs, 1);
      const wider: CollectionSpec = { ...runs, fields: { colour: 'text' }, indexes: [['colour']] };
      await goLive(store, wider, 2);
      await put(store, slot(2), document('a', 1, { colour: 'red', size: 'XL' }));
      await expect(store.find(runs.name, bySize)).rejects.toThrow(UndeclaredField);
      expect((await store.countBy(runs.name, 'colour', [])).counts).toEqual([{ value: 'red', count: 1 }]);
      await expect(store.seal(runs, 2)).rejects.toThrow(RangeError);
    });

    it.each([
      ['name', { name: 'a"; DROP TABLE slots; --' }],
      ['name in upper case', { name: 'Runs' }],
      ['field', { fields: { "x') --": 'text' } }],
      ['path as a field', { fields: { 'a.b': 'text' } }],
      ['operator as a field', { fields: { $where: 'text' } }],
      ['index over what is not declared', { indexes: [['colour']] }],
      ['index without fields', { indexes: [[]] }],
      ['index over a list and more', { indexes: [['steps', 'size']] }],
      ['beginning of ids', { idPrefix: 'size' }],
      ['undeclared beginning of ids', { idPrefix: 'colour' }],
    ] as const)('refuses a specification with a malformed %s', async (_, change) => {
      await expect(store.fill({ ...runs, ...change }, 1)).rejects.toThrow(RangeError);
      await goLive(store, runs, 1);
    });

    describe('history', () => {
      const bodyAt = async (id: string, number: number) =>
        (await store.getAt(dated.name, id, at(number)))?.body;

      it('answers the version that held at a position', async () => {
        const live = await goLive(store, dated);
        await put(store, live, document('a', 2, { size: 2 }));
        await put(
          store,
          live,
          document('a', 4, { size: 4 }),
          document('a', 5, { size: 5 }),
          document('b', 5, {}),
        );
        await put(store, live, document('a', 7, null));
        await put(store, live, document('a', 9, { size: 9 }));
        const seen = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9, 99].map((number) => bodyAt('a', number)));
        const [two, five, nine] = [{ size: 2 }, { size: 5 }, { size: 9 }];
        expect(seen).toEqual([undefined, two, two, { size: 4 }, five, five, null, null, nine, nine]);
        expect(await store.getAt(dated.name, 'a', at(3))).toEqual(document('a', 2, { size: 2 }));
        expect(await store.getAt(dated.name, 'unknown', at(9))).toBeUndefined();
      });

      it('gains no version from a repetition', async () => {
        const live = await goLive(store, dated);
        const batch = [document('a', 2, { size: 2 }), document('a', 4, { size: 4 })];
        await put(store, live, ...batch);
        await put(store, live, ...batch);
        await put(store, live, document('a', 3, { size: 3 }));
        await put(store, live, document('a', 6, { size: 6 }));
        expect(await bodyAt('a', 5)).toEqual({ size: 4 });
        expect([await bodyAt('a', 2), await bodyAt('a', 3), await bodyAt('a', 4)]).toEqual([
          { size: 2 },
          { size: 2 },
          { size: 4 },
        ]);
      });

      it('is cut where a document is replaced', async () => {
        const live = await goLive(store, dated);
        await put(store, live, ...[2, 4, 6].map((number) => document('a', number, { size: number })));
        await store.replace(live, document('a', 3, { size: 30 }));
        const seen = await Promise.all([1, 2, 3, 4, 9].map((number) => bodyAt('a', number)));
        expect(seen).toEqual([undefined, { size: 2 }, { size: 30 }, { size: 30 }, { size: 30 }]);
        await store.replace(live, document('a', 8, { size: 80 }));
        expect([await bodyAt('a', 7), await bodyAt('a', 8)]).toEqual([{ size: 30 }, { size: 80 }]);
        await store.replace(live, document('a', 3, { size: 31 }));
        await put(store, live, document('a', 9, { size: 9 }));
        expect([await bodyAt('a', 2), await bodyAt('a', 8)]).toEqual([{ size: 2 }, { size: 31 }]);
      });

      it('goes with its generation and survives a restart', async () => {
        const live = await goLive(store, dated);
        await put(store, live, document('a', 2, { size: 2 }), document('a', 4, { size: 4 }));
        store = await opened.reopen();
        expect(await bodyAt('a', 3)).toEqual({ size: 2 });
        const next = await goLive(store, dated, 2);
        await put(store, next, document('a', 4, { size: 4 }));
        expect(await bodyAt('a', 3)).toBeUndefined();
      });

      it('is not asked of a collection that keeps none', async () => {
        await goLive(store, runs);
        await expect(store.getAt(runs.name, 'a', at(1))).rejects.toThrow(UndeclaredField);
      });
    });
  });
};
