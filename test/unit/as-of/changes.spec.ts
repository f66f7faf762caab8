import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../../src/queries/as-of/changes.ts';

describe('changes between two states', () => {
  it('are none where both are the same, or there is neither', () => {
    expect(changesBetween({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
    expect(changesBetween(undefined, undefined)).toEqual([]);
  });

  it('name what came, went and became something else, each with what stood there before', () => {
    const before = { status: 'WAITING', waiting: { reason: 'worker-missing' }, steps: [{ name: 'a', n: 1 }] };
    const after = { status: 'COMPLETED', waiting: null, steps: [{ name: 'a', n: 2 }, { name: 'b' }], end: 1 };
    expect(changesBetween(before, after)).toEqual([
      { op: 'replace', path: '/status', before: 'WAITING', after: 'COMPLETED' },
      { op: 'replace', path: '/waiting', before: { reason: 'worker-missing' }, after: null },
      { op: 'replace', path: '/steps/0/n', before: 1, after: 2 },
      { op: 'add', path: '/steps/1', after: { name: 'b' } },
      { op: 'add', path: '/end', after: 1 },
    ]);
    expect(changesBetween({ a: 1 }, {})).toEqual([{ op: 'remove', path: '/a', before: 1 }]);
    expect(changesBetween([1, 2, 3], [4])).toEqual([
      { op: 'replace', path: '/0', before: 1, after: 4 },
      { op: 'remove', path: '/2', before: 3 },
      { op: 'remove', path: '/1', before: 2 },
    ]);
  });

  it('are one of the whole where it was not there yet, or is gone', () => {
    expect(changesBetween(undefined, { a: 1 })).toEqual([{ op: 'add', path: '', after: { a: 1 } }]);
    expect(changesBetween({ a: 1 }, undefined)).toEqual([{ op: 'remove', path: '', before: { a: 1 } }]);
  });

  it('tell a list from an object, an empty one from null, and escape names', () => {
    expect(changesBetween({ a: [] }, { a: {} })).toMatchObject([{ op: 'replace', path: '/a' }]);
    expect(changesBetween({ a: [] }, { a: null })).toMatchObject([{ op: 'replace', path: '/a' }]);
    expect(changesBetween({ 'x/~y': 1 }, { 'x/~y': 2 })).toMatchObject([{ path: '/x~1~0y' }]);
  });

  it('lead from one state to the other, and back the other way round', () => {
    // No event can hold that name: the canonical form refuses it.
    const value = fc.jsonValue({ maxDepth: 3 }).filter((each) => !JSON.stringify(each).includes('__proto__'));
    const states = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);
    fc.assert(
      fc.property(states, states, (before, after) => {
        const [one, other] = [plain(before), plain(after)];
        expect(applied(one, changesBetween(one, other))).toEqual(other);
        expect(applied(other, changesBetween(other, one))).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });
});

// -0 has no form of its own in JSON.
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** One after the other, as whoever applies RFC 6902 does: each place must be there, or be the next one. */
const applied = (state: unknown, changes: ReturnType<typeof changesBetween>): unknown => {
  const root: Record<string, unknown> = { '': structuredClone(state) };
  for (const { op, path, after } of changes) {
    const names = ['', ...path.split('/').slice(1)].map((name) =>
      name.replaceAll('~1', '/').replaceAll('~0', '~'),
    );
    const last = names.pop() ?? '';
    const parent = names.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], root);
    if (Array.isArray(parent)) expect(Number(last)).toBeLessThan(parent.length + (op === 'add' ? 1 : 0));
    if (op !== 'remove') (parent as Record<string, unknown>)[last] = after;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else Reflect.deleteProperty(parent as object, last);
  }
  return root[''];
};
