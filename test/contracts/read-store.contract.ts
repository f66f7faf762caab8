import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import { DocumentRefused, UnknownCollection } from '../../src/infra/read-store/port.ts';
import type { ReadStore, Slot } from '../../src/infra/read-store/port.ts';
import type { OpenReadStore } from '../support/read-documents.ts';
import {
  at,
  dated,
  document,
  everything,
  forget,
  goLive,
  lines,
  put,
  runs,
} from '../support/read-documents.ts';

/** Documents, checkpoints, what is refused. The other suites: generations, history, queries. */
export const readStoreContract = (name: string, open: OpenReadStore): void => {
  describe(`read store contract: ${name}`, () => {
    let opened: Awaited<ReturnType<OpenReadStore>>;
    let store: ReadStore;
    let slot: Slot;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    beforeEach(async () => {
      await forget(store, runs.name);
      slot = await goLive(store, runs);
    });
    afterAll(() => opened.close());

    describe('documents', () => {
      it('come back as they were written, by id', async () => {
        const body = {
          status: 'OPEN',
          nested: { list: [1, null, { deep: true }], text: 'é😀\u0000\u2028"\\' },
        };
        await put(store, slot, document('a', 1, body), document('b', 2, {}));
        expect(await store.get(runs.name, 'a')).toEqual({
          document: { id: 'a', position: at(1), body, blocked: null },
          position: at(2),
        });
        const many = await store.getMany(slot, ['b', 'unknown', 'a', 'b']);
        expect(many.map(({ id }) => id).sort()).toEqual(['a', 'b']);
        expect(await store.getMany(slot, [])).toEqual([]);
      });

      it('take ids of any text and keep them apart', async () => {
        const ids = [
          "x'; DROP TABLE slots; --",
          '$.status',
          '{"$gt":""}',
          '',
          ' ',
          'A',
          'a',
          'é',
          'e\u0301',
          'n\u0000',
          'n',
        ];
        await put(store, slot, ...ids.map((id) => document(id, 1, { id })));
        for (const id of ids) expect((await store.get(runs.name, id)).document?.body).toEqual({ id });
        expect(await everything(store, slot)).toHaveLength(ids.length);
      });

      it('that are unknown are answered with the position only', async () => {
        expect(await store.get(runs.name, 'a')).toEqual({ document: undefined, position: START });
      });

      it('are left alone by a position that is the same or earlier', async () => {
        await put(store, slot, document('a', 5, { status: 'FIRST' }));
        await put(store, slot, document('a', 5, { status: 'SAME' }));
        await put(store, slot, document('a', 4, { status: 'EARLIER' }));
        await put(store, slot, document('a', 4, null));
        expect(await everything(store, slot)).toEqual([document('a', 5, { status: 'FIRST' })]);
        await put(store, slot, document('a', 6, { status: 'LATER' }));
        expect(await everything(store, slot)).toEqual([document('a', 6, { status: 'LATER' })]);
      });

      it('compare positions as text over both halves', async () => {
        const position = `${'0'.repeat(19)}1${'0'.repeat(18)}10`;
        await put(store, slot, { ...document('a', 0, { size: 1 }), position });
        const earlier = `${'0'.repeat(19)}1${'0'.repeat(19)}9`;
        await put(store, slot, { ...document('a', 0, { size: 2 }), position: earlier });
        expect((await store.get(runs.name, 'a')).document?.body).toEqual({ size: 1 });
      });

      it('that are deleted stay as tombstones, which a late repetition does not bring back', async () => {
        await put(store, slot, document('a', 1, { status: 'OPEN' }), document('b', 1, { status: 'OPEN' }));
        await put(store, slot, document('a', 3, null));
        await put(store, slot, document('a', 2, { status: 'LATE' }));
        expect((await store.get(runs.name, 'a')).document).toEqual(document('a', 3, null));
        expect(await everything(store, slot)).toEqual([
          document('a', 3, null),
          document('b', 1, { status: 'OPEN' }),
        ]);
        await put(store, slot, document('a', 4, { status: 'AGAIN' }));
        expect((await store.get(runs.name, 'a')).document?.body).toEqual({ status: 'AGAIN' });
      });

      it('say that they are blocked, with and without a body', async () => {
        const blocked = {
          at: at(2),
          type: 'StepTeleported',
          reason: 'unknown type',
          parked: 3,
          lastGood: at(1),
        };
        const documents = [
          { ...document('a', 4, { status: 'OPEN' }), blocked },
          { ...document('b', 2, null), blocked },
        ];
        await put(store, slot, ...documents);
        expect(await everything(store, slot)).toEqual(documents);
        expect((await store.blockedIds(slot)).toSorted()).toEqual(['a', 'b']);
        await put(store, slot, document('a', 5, { status: 'OPEN' }));
        expect((await store.get(runs.name, 'a')).document?.blocked).toBeNull();
        expect(await store.blockedIds(slot)).toEqual(['b']);
      });

      it('are replaced whatever their position', async () => {
        await put(store, slot, document('a', 5, { status: 'OPEN' }), document('b', 5, null));
        await store.replace(slot, document('a', 3, { status: 'REFOLDED' }));
        await store.replace(slot, document('b', 5, { status: 'REFOLDED' }));
        await store.replace(slot, document('c', 1, { status: 'NEW' }));
        expect(await everything(store, slot)).toEqual([
          document('a', 3, { status: 'REFOLDED' }),
          document('b', 5, { status: 'REFOLDED' }),
          document('c', 1, { status: 'NEW' }),
        ]);
        expect(await store.checkpoint(slot)).toBe(at(5));
      });

      it('of a batch count in the order given', async () => {
        await put(
          store,
          slot,
          document('a', 1, { size: 1 }),
          document('a', 3, { size: 3 }),
          document('a', 2, {}),
        );
        expect(await everything(store, slot)).toEqual([document('a', 3, { size: 3 })]);
      });
    });

    describe('a batch', () => {
      it('leaves the same bytes when it is written again', async () => {
        const documents = [document('a', 2, { size: 2, status: 'B' }), document('b', 3, null)];
        await put(store, slot, ...documents);
        const before = JSON.stringify(await everything(store, slot));
        await put(store, slot, ...documents);
        expect(JSON.stringify(await everything(store, slot))).toBe(before);
        expect(await store.checkpoint(slot)).toBe(at(3));
      });

      it('moves the checkpoint, also without documents, and never back', async () => {
        expect(await store.checkpoint(slot)).toBeNull();
        await store.write(slot, { documents: [], checkpoint: at(7) });
        expect(await store.checkpoint(slot)).toBe(at(7));
        await store.write(slot, { documents: [document('a', 3, {})], checkpoint: at(3) });
        expect(await store.checkpoint(slot)).toBe(at(7));
        expect((await store.get(runs.name, 'a')).document?.position).toBe(at(3));
        expect((await store.get(runs.name, 'a')).position).toBe(at(7));
      });

      it('of 10,000 documents is written and scanned whole', async () => {
        const ids = Array.from({ length: 10_000 }, (_, index) => `run-${String(index).padStart(5, '0')}`);
        await put(store, slot, ...ids.map((id, index) => document(id, index + 1, { size: index })));
        expect((await everything(store, slot)).map(({ id }) => id)).toEqual(ids);
        expect(await store.getMany(slot, ids)).toHaveLength(10_000);
        const from = await store.scan(slot, 'run-09997', 5000);
        expect(from.map(({ id }) => id)).toEqual(['run-09998', 'run-09999']);
      });

      const refused: readonly (readonly [string, unknown])[] = [
        ['a number where text is declared', { status: 5 }],
        ['text where a number is declared', { size: '5' }],
        ['a number where a boolean is declared', { isOpen: 1 }],
        ['text where a list is declared', { steps: 'ship' }],
        ['an object where text is declared', { status: { $gt: '' } }],
        ['what JSON would drop', { other: undefined }],
        ['a lone surrogate', { other: '\ud800' }],
        ['what is no plain JSON', { other: new Map() }],
      ];
      it.each(refused)('with %s is refused, naming the document, without a checkpoint', async (_, body) => {
        const bad = document('bad', 2, Object(body) as Record<string, unknown>);
        const written = put(store, slot, bad, document('good', 3, {}));
        await expect(written).rejects.toThrow(DocumentRefused);
        await expect(written).rejects.toMatchObject({ id: 'bad' });
        expect(await store.checkpoint(slot)).toBeNull();
        expect((await store.get(runs.name, 'bad')).document).toBeUndefined();
        await expect(store.replace(slot, bad)).rejects.toThrow(DocumentRefused);
        await put(store, slot, document('good', 3, {}));
        expect(await store.checkpoint(slot)).toBe(at(3));
      });

      it('is refused where its id does not begin as it has to', async () => {
        await forget(store, lines.name);
        const ordered = await goLive(store, lines);
        for (const [id, body] of [
          ['1/1', { order: '2' }],
          ['10', { order: '1' }],
          ['1/2', {}],
        ] as const) {
          const bad = document(id, 2, body);
          await expect(put(store, ordered, bad)).rejects.toMatchObject({ name: 'DocumentRefused', id });
          await expect(store.replace(ordered, bad)).rejects.toThrow(DocumentRefused);
        }
        await put(store, ordered, document('1/1', 3, { order: '1' }), document('gone', 3, null));
        expect(await everything(store, ordered)).toHaveLength(2);
      });

      it('is written together with those of other collections', async () => {
        const other = await goLive(store, dated);
        await store.writeAll([
          { slot, documents: [document('a', 2, { size: 2 })], checkpoint: at(3) },
          { slot: other, documents: [document('a', 3, { size: 3 })], checkpoint: at(4) },
        ]);
        expect(await everything(store, slot)).toEqual([document('a', 2, { size: 2 })]);
        expect(await everything(store, other)).toEqual([document('a', 3, { size: 3 })]);
        expect([await store.checkpoint(slot), await store.checkpoint(other)]).toEqual([at(3), at(4)]);
        const bad = { slot: other, documents: [document('b', 5, { size: 'five' })], checkpoint: at(5) };
        await expect(store.writeAll([bad])).rejects.toThrow(DocumentRefused);
        await expect(store.writeAll([{ ...bad, slot: { name: 'gone', generation: 1 } }])).rejects.toThrow(
          UnknownCollection,
        );
        await store.writeAll([]);
        expect(await store.checkpoint(other)).toBe(at(4));
        await forget(store, dated.name);
      });

      it('changes what is found by each of its fields, one at a time', async () => {
        const idsOf = async (field: string, value: string | number | boolean) => {
          const where = [{ field, op: 'eq', value }] as const;
          const page = { where, sort: { field: 'size', direction: 'asc' }, limit: 5 } as const;
          return (await store.find(runs.name, page)).documents.map(({ id }) => id);
        };
        await put(store, slot, document('a', 1, { status: 'OPEN', size: 1, note: 'first' }));
        await put(store, slot, document('a', 2, { status: 'OPEN', size: 1, note: 'second' }));
        expect((await store.get(runs.name, 'a')).document?.body).toMatchObject({ note: 'second' });
        expect([await idsOf('status', 'OPEN'), await idsOf('size', 1)]).toEqual([['a'], ['a']]);
        await put(store, slot, document('a', 3, { status: 'OVER', size: 1 }));
        expect([await idsOf('status', 'OPEN'), await idsOf('status', 'OVER')]).toEqual([[], ['a']]);
        await put(store, slot, document('a', 4, { status: 'OVER', isOpen: false }));
        expect([await idsOf('size', 1), await idsOf('isOpen', false)]).toEqual([[], ['a']]);
        await put(store, slot, document('a', 5, null));
        expect(await idsOf('status', 'OVER')).toEqual([]);
        await put(store, slot, document('a', 6, { status: 'OVER' }));
        expect(await idsOf('status', 'OVER')).toEqual(['a']);
      });

      it('may hold null or nothing in declared fields', async () => {
        const empty = { status: null, size: null, isOpen: null, steps: null };
        await put(
          store,
          slot,
          document('a', 1, empty),
          document('b', 1, {}),
          document('c', 1, { steps: [] }),
        );
        expect(await everything(store, slot)).toHaveLength(3);
      });
    });

    describe('a scan', () => {
      it('goes by id in code point order and stops at the limit', async () => {
        const ids = ['\u{1f600}', 'b', 'B', '\uffee', 'ab', ''];
        await put(store, slot, ...ids.map((id) => document(id, 1, {})));
        expect((await everything(store, slot)).map(({ id }) => id)).toEqual([
          '',
          'B',
          'ab',
          'b',
          '\uffee',
          '\u{1f600}',
        ]);
        expect((await store.scan(slot, 'B', 2)).map(({ id }) => id)).toEqual(['ab', 'b']);
        expect(await store.scan(slot, '\u{1f600}', 1)).toEqual([]);
      });

      it('refuses a limit outside 1 to 5000', async () => {
        for (const limit of [0, -1, 1.5, 5001, Number.NaN])
          await expect(store.scan(slot, null, limit)).rejects.toThrow(RangeError);
      });
    });

    it('keeps everything over a restart', async () => {
      await put(store, slot, document('a', 1, { status: 'OPEN', size: 1 }), document('b', 2, null));
      const before = await everything(store, slot);
      store = await opened.reopen();
      expect(await everything(store, slot)).toEqual(before);
      expect(await store.checkpoint(slot)).toBe(at(2));
      expect(await store.generations(runs.name)).toEqual({ live: 1, previous: null, filling: null });
      const query = { where: [], sort: { field: 'size', direction: 'asc' }, limit: 5 } as const;
      expect((await store.find(runs.name, query)).documents.map(({ id }) => id)).toEqual(['a']);
    });

    it('answers nothing for a collection or a slot that is not there', async () => {
      const query = { where: [], sort: { field: 'size', direction: 'asc' }, limit: 5 } as const;
      const gone = { name: runs.name, generation: 9 };
      const calls = [
        store.get('unknown', 'a'),
        store.find('unknown', query),
        store.countBy('unknown', 'size', []),
        store.getAt('unknown', 'a', at(1)),
        store.checkpoint(gone),
        store.write(gone, { documents: [], checkpoint: at(1) }),
        store.replace(gone, document('a', 1, {})),
        store.getMany(gone, ['a']),
        store.scan(gone, null, 1),
        store.blockedIds(gone),
        store.writeAll([{ slot: gone, documents: [], checkpoint: at(1) }]),
        store.seal(runs, 9),
        store.switchTo(gone),
      ];
      for (const outcome of await Promise.allSettled(calls))
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: expect.any(UnknownCollection) as unknown,
        });
    });

    it('refuses calls once it is closed, however often', async () => {
      const query = { where: [], sort: { field: 'size', direction: 'asc' }, limit: 5 } as const;
      await store.close();
      await store.close();
      await expect(put(store, slot, document('a', 1, {}))).rejects.toThrow();
      await expect(store.find(runs.name, query)).rejects.toThrow();
      store = await opened.reopen();
      expect(await everything(store, slot)).toEqual([]);
    });
  });
};
