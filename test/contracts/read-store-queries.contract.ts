import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import { UndeclaredField } from '../../src/infra/read-store/port.ts';
import type {
  Condition,
  Keyset,
  Query,
  ReadStore,
  Scalar,
  Slot,
  StoredDocument,
} from '../../src/infra/read-store/port.ts';
import type { OpenReadStore } from '../support/read-documents.ts';
import { at, document, forget, goLive, lines, put, runs } from '../support/read-documents.ts';
import { inOrder, isMatch, valueIn } from '../support/naive-queries.ts';

const sizes = (direction: 'asc' | 'desc', limit: number, after?: Keyset): Query => ({
  where: [],
  sort: { field: 'size', direction },
  limit,
  ...(after === undefined ? {} : { after }),
});

const words = [
  '',
  'a',
  'ab',
  'abc',
  'b',
  'B',
  '%',
  '_',
  '*',
  "'",
  "' OR '1'='1",
  '$.size',
  '{"$ne":1}',
  'é',
  '\uffee',
  '\u{1f600}',
  '\u{10ffff}',
  '\ud7ff',
  '\ue000',
  'a\u0000b',
];
const word = fc.constantFrom(...words);
const number = fc.oneof(
  fc.constantFrom(0, -1, 1, 1.5, 2 ** 53, 2 ** 62 + 2 ** 11, 1e21, 5e-324, -1e300),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { freq: 4 });
const body = fc.record(
  {
    status: maybe(word),
    size: maybe(number),
    isOpen: maybe(fc.boolean()),
    steps: maybe(fc.array(word, { maxLength: 4 })),
    tags: maybe(fc.array(fc.oneof(word, fc.constantFrom(1, true, null, { a: 1 })), { maxLength: 3 })),
  },
  { requiredKeys: [] },
);
const comparison = fc.constantFrom('eq', 'lt', 'lte', 'gt', 'gte');
const comparing = (field: string, value: fc.Arbitrary<Scalar>): fc.Arbitrary<Condition> =>
  fc.oneof(
    fc.record({ field: fc.constant(field), op: comparison, value }),
    fc.record({ field: fc.constant(field), op: fc.constant('in'), value: fc.array(value, { maxLength: 4 }) }),
  );
const condition: fc.Arbitrary<Condition> = fc.oneof(
  comparing('status', word),
  comparing('size', number),
  comparing('isOpen', fc.boolean()),
  fc.record({ field: fc.constant('status'), op: fc.constant('prefix'), value: word }),
  fc.record({ field: fc.constantFrom('steps', 'tags'), op: fc.constant('contains'), value: word }),
);
const query = fc.record({
  where: fc.array(condition, { maxLength: 3 }),
  sort: fc.record({
    field: fc.constantFrom('status', 'size', 'isOpen'),
    direction: fc.constantFrom('asc', 'desc'),
  }),
  limit: fc.integer({ min: 1, max: 7 }),
});

/** Filters, order, pages and counts, also against a naive model of them. */
export const readStoreQueriesContract = (name: string, open: OpenReadStore): void => {
  describe(`read store queries contract: ${name}`, () => {
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

    const pages = async (first: Query): Promise<readonly StoredDocument[]> => {
      const found: StoredDocument[] = [];
      for (let next: Query = first; ;) {
        const page = await store.find(runs.name, next);
        expect(page.documents.length).toBeLessThanOrEqual(first.limit);
        found.push(...page.documents);
        if (page.next === undefined) return found;
        expect(page.documents).toHaveLength(first.limit);
        next = { ...first, after: page.next };
      }
    };
    const idsOf = (documents: readonly StoredDocument[]): readonly string[] => documents.map(({ id }) => id);
    const idsWhere = async (...where: Condition[]): Promise<readonly string[]> =>
      idsOf((await store.find(runs.name, { ...sizes('asc', 500), where })).documents);

    it('finds, orders, pages and counts as a naive model does', { timeout: 60_000 }, async () => {
      let generation = 1;
      const bodies = fc.array(fc.option(body, { freq: 9 }), { maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(bodies, fc.array(query, { minLength: 4, maxLength: 8 }), async (all, queries) => {
          generation += 1;
          const fresh = { ...slot, generation };
          // Half of the documents come before the indexes are built, half after.
          const documents = all.map((one, index) =>
            document(`${words[index % 7] ?? ''}${String(index)}`, 1, one),
          );
          await store.fill(runs, generation);
          await put(store, fresh, ...documents.filter((_, index) => index % 2 === 0));
          await store.seal(runs, generation);
          await put(store, fresh, ...documents);
          await store.switchTo(fresh);
          const live = documents.filter((one) => one.body !== null);
          for (const one of queries) {
            const wanted = live.filter((each) => one.where.every((each2) => isMatch(each, each2)));
            expect(idsOf(await pages(one))).toEqual(idsOf(wanted.toSorted(inOrder(one.sort))));
            const { counts } = await store.countBy(runs.name, one.sort.field, one.where);
            const groups = Map.groupBy(wanted, (each) => valueIn(each, one.sort.field));
            expect(new Map(counts.map(({ value, count }) => [value, count]))).toEqual(
              new Map([...groups].map(([value, group]) => [value, group.length])),
            );
          }
        }),
        { numRuns: 60 },
      );
    });

    it('keeps its answers right when documents change their fields', async () => {
      await put(store, slot, document('a', 1, { status: 'X', size: 1, steps: ['p', 'q', 'p'] }));
      await put(store, slot, document('a', 2, { status: 'Y', size: 2, steps: ['q', 'r'] }));
      const having = (value: string): Condition => ({ field: 'steps', op: 'contains', value });
      expect([await idsWhere(having('p')), await idsWhere(having('r'))]).toEqual([[], ['a']]);
      expect(await idsWhere({ field: 'status', op: 'eq', value: 'X' })).toEqual([]);
      await put(store, slot, document('a', 3, null));
      expect(await idsWhere(having('r'))).toEqual([]);
      expect((await store.countBy(runs.name, 'status', [])).counts).toEqual([]);
      await store.replace(slot, document('a', 2, { size: 3, steps: ['r'] }));
      expect(await idsWhere(having('r'))).toEqual(['a']);
    });

    it('takes text as nothing but text, to its last character', async () => {
      await put(
        store,
        slot,
        document('last', 1, { status: '\ud7ff', steps: ['5'] }),
        document('next', 1, { status: '\ue000', tags: [{ a: 1 }, 5, true], steps: [{ a: 1 }] }),
        document('like', 1, { status: 'a%b' }),
      );
      const startsWith = (value: string): Condition => ({ field: 'status', op: 'prefix', value });
      expect(await idsWhere(startsWith('\ud7ff'))).toEqual(['last']);
      expect(await idsWhere(startsWith('a%'))).toEqual(['like']);
      expect(await idsWhere(startsWith('%'))).toEqual([]);
      for (const field of ['tags', 'steps'])
        for (const value of ['{"a":1}', '1', 'true'])
          expect(await idsWhere({ field, op: 'contains', value })).toEqual([]);
      expect(await idsWhere({ field: 'steps', op: 'contains', value: '5' })).toEqual(['last']);
    });

    it('shows neither tombstones nor blocked documents without a body, but blocked ones with one', async () => {
      const blocked = { at: at(2), type: 'T', reason: 'R', parked: 1, lastGood: at(1) };
      const stuck = { ...document('stuck', 2, { size: 1 }), blocked };
      await put(store, slot, document('gone', 2, null), { ...document('never', 2, null), blocked }, stuck);
      expect((await store.find(runs.name, sizes('asc', 10))).documents).toEqual([stuck]);
      expect((await store.countBy(runs.name, 'size', [])).counts).toEqual([{ value: 1, count: 1 }]);
    });

    it('states the position it reflects', async () => {
      expect(await store.find(runs.name, sizes('asc', 10))).toEqual({ documents: [], position: START });
      await store.write(slot, { documents: [], checkpoint: at(9) });
      expect(await store.find(runs.name, sizes('asc', 10))).toEqual({ documents: [], position: at(9) });
      expect(await store.countBy(runs.name, 'size', [])).toEqual({ counts: [], position: at(9) });
    });

    it.each(['asc', 'desc'] as const)(
      'ends a page exactly at the last document, going %s',
      async (direction) => {
        await put(store, slot, ...['a', 'b', 'c', 'd'].map((id) => document(id, 1, { size: 1 })));
        const first = await store.find(runs.name, sizes(direction, 2));
        const ids = direction === 'asc' ? ['a', 'b', 'c', 'd'] : ['d', 'c', 'b', 'a'];
        expect(first.next).toEqual({ value: 1, id: ids[1] });
        const second = await store.find(runs.name, sizes(direction, 2, first.next));
        expect(second.next).toBeUndefined();
        expect(idsOf([...first.documents, ...second.documents])).toEqual(ids);
      },
    );

    it.each(['asc', 'desc'] as const)(
      'pages over ties and absent values while documents change, going %s',
      async (direction) => {
        const steady = Array.from({ length: 60 }, (_, index) =>
          document(`s${String(index).padStart(2, '0')}`, 1, index % 3 === 0 ? {} : { size: index % 5 }),
        );
        await put(store, slot, ...steady);
        const seen: string[] = [];
        let page = await store.find(runs.name, sizes(direction, 7));
        for (let round = 2; ; round += 1) {
          seen.push(...idsOf(page.documents));
          if (page.next === undefined) break;
          // Newcomers everywhere, and what was shown goes away: neither repeats nor hides the others.
          const id = String(round);
          await put(
            store,
            slot,
            ...[undefined, 0, 2, 9].map((size, index) =>
              document(
                `${['a', 's30x', 'z', 't'][index] ?? ''}${id}`,
                round,
                size === undefined ? {} : { size },
              ),
            ),
            ...page.documents.slice(0, 2).map((shown) => document(shown.id, round, null)),
          );
          page = await store.find(runs.name, sizes(direction, 7, page.next));
        }
        expect(new Set(seen).size).toBe(seen.length);
        const steadyIds = seen.filter((id) => /^s\d\d$/.test(id));
        expect(steadyIds).toEqual(idsOf(steady.toSorted(inOrder({ field: 'size', direction }))));
      },
    );

    it('continues behind a document that is gone', async () => {
      await put(store, slot, ...[1, 2, 3].map((size) => document(String(size), 1, { size })));
      const after = { value: 2, id: '2' };
      await put(store, slot, document('2', 2, null));
      expect(idsOf((await store.find(runs.name, sizes('asc', 5, after))).documents)).toEqual(['3']);
      expect(idsOf((await store.find(runs.name, sizes('desc', 5, after))).documents)).toEqual(['1']);
    });

    it('pages through 10,000 documents', async () => {
      const all = Array.from({ length: 10_000 }, (_, index) =>
        document(String(index), 1, { size: index % 100, status: index % 2 === 0 ? 'EVEN' : 'ODD' }),
      );
      await put(store, slot, ...all);
      const where: Condition[] = [{ field: 'status', op: 'eq', value: 'EVEN' }];
      const found = await pages({ ...sizes('desc', 500), where });
      expect(found).toHaveLength(5000);
      expect(new Set(idsOf(found)).size).toBe(5000);
      const { counts } = await store.countBy(runs.name, 'status', []);
      expect(counts).toHaveLength(2);
      expect(counts).toEqual(expect.arrayContaining([{ value: 'ODD', count: 5000 }]) as unknown);
    });

    it('finds those of one value by the beginning of their ids, and no neighbours', async () => {
      await forget(store, lines.name);
      const orders = ['a', 'a/b', 'ab', 'a0', 'A', 'é', '', 'b'];
      const all = orders.flatMap((order) =>
        [10, 9, 2].map((number) => document(`${order}/${String(number)}`, 1, { order, number })),
      );
      const filled = { name: lines.name, generation: 1 };
      await store.fill(lines, 1);
      await put(store, filled, ...all.slice(0, 7));
      await store.seal(lines, 1);
      await put(store, filled, ...all);
      await store.switchTo(filled);
      for (const order of [...orders, 'c', 'a/']) {
        const where: Condition[] = [{ field: 'order', op: 'eq', value: order }];
        const first = { where, sort: { field: 'number', direction: 'asc' }, limit: 2 } as const;
        const { documents, next } = await store.find(lines.name, first);
        const rest = await store.find(lines.name, { ...first, ...(next && { after: next }) });
        const found = [...documents, ...(next === undefined ? [] : rest.documents)];
        const wanted = orders.includes(order) ? [2, 9, 10].map((number) => `${order}/${String(number)}`) : [];
        expect(idsOf(found)).toEqual(wanted);
        const { counts } = await store.countBy(lines.name, 'order', where);
        expect(counts).toEqual(wanted.length === 0 ? [] : [{ value: order, count: 3 }]);
      }
    });

    it('takes limits from 1 to 500 only', async () => {
      for (const limit of [0, -1, 2.5, 501, Number.NaN])
        await expect(store.find(runs.name, sizes('asc', limit))).rejects.toThrow(RangeError);
      await expect(store.find(runs.name, sizes('asc', 500))).resolves.toMatchObject({ documents: [] });
    });

    const undeclared: readonly (readonly [string, Condition])[] = [
      ['an unknown field', { field: 'colour', op: 'eq', value: 'x' }],
      ['SQL as a field', { field: "status') OR 1=1 --", op: 'eq', value: 'x' }],
      ['a path as a field', { field: 'status.x', op: 'eq', value: 'x' }],
      ['an operator as a field', { field: '$where', op: 'eq', value: 'x' }],
      ['a member of every object as a field', { field: 'constructor', op: 'eq', value: 'x' }],
      ['a number for text', { field: 'status', op: 'eq', value: 1 }],
      ['text for a number', { field: 'size', op: 'gt', value: '1' }],
      ['text for a boolean', { field: 'isOpen', op: 'eq', value: 'true' }],
      ['one wrong value among several', { field: 'size', op: 'in', value: [1, '1'] }],
      ['a number that is none', { field: 'size', op: 'eq', value: Number.NaN }],
      ['a lone surrogate', { field: 'status', op: 'eq', value: '\ud800' }],
      ['a prefix of a number', { field: 'size', op: 'prefix', value: '1' }],
      ['contains on text', { field: 'status', op: 'contains', value: 'x' }],
      ['eq on a list', { field: 'steps', op: 'eq', value: 'x' }],
    ];
    it.each(undeclared)('refuses %s', async (_, wrong) => {
      await put(store, slot, document('a', 1, { status: 'x', size: 1 }));
      await expect(idsWhere(wrong)).rejects.toThrow(UndeclaredField);
      await expect(store.countBy(runs.name, 'status', [wrong])).rejects.toThrow(UndeclaredField);
    });

    it('refuses to sort or count by what is not declared, or by a list', async () => {
      for (const field of ['colour', 'id', 'steps', '$where', 'toString']) {
        const sort = { field, direction: 'asc' } as const;
        await expect(store.find(runs.name, { where: [], sort, limit: 1 })).rejects.toThrow(UndeclaredField);
        await expect(store.countBy(runs.name, field, [])).rejects.toThrow(UndeclaredField);
      }
      const after = { value: 'x', id: 'a' };
      await expect(store.find(runs.name, sizes('asc', 1, after))).rejects.toThrow(UndeclaredField);
    });
  });
};
