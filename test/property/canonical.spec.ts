import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, MAX_EVENT_BYTES, NotEncodable } from '../../src/domain/canonical.ts';
import { jsonInOrder } from '../../src/domain/in-order.ts';

const value = fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' });
/** JSON has no -0, and `__proto__` is refused. */
const storable = value
  .map((one): unknown => JSON.parse(JSON.stringify(one)))
  .filter((one) => !JSON.stringify(one).includes('__proto__'));

const reversed = (one: unknown): unknown => {
  if (Array.isArray(one)) return one.map(reversed);
  if (typeof one !== 'object' || one === null) return one;
  return Object.fromEntries(
    Object.entries(one)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
};

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

const refusal = (input: unknown): unknown => {
  try {
    return canonical(input);
  } catch (error) {
    return error instanceof NotEncodable ? [error.pointer, error.reason] : error;
  }
};

describe('canonical JSON', () => {
  it('decodes to the value it encodes', () => {
    fc.assert(
      fc.property(storable, (one) => {
        expect(JSON.parse(canonical(one))).toEqual(one);
      }),
    );
  });

  it('does not depend on the order of keys, and equal values give equal text', () => {
    fc.assert(
      fc.property(storable, (one) => {
        expect(canonical(reversed(one))).toBe(canonical(one));
      }),
    );
  });

  it('does not mix up objects whose keys are alike', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\'), minLength: 1, maxLength: 2 });
    const some = fc.array(fc.dictionary(key, fc.nat(9), { maxKeys: 3 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(some, (objects) => {
        for (const one of objects) {
          const sorted = Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1));
          expect(canonical(one)).toBe(JSON.stringify(Object.fromEntries(sorted)));
        }
      }),
    );
  });

  it('encodes what it decoded to the same text', () => {
    fc.assert(
      fc.property(storable, (one) => {
        expect(canonical(JSON.parse(canonical(one)))).toBe(canonical(one));
      }),
    );
  });

  it('is left to JSON where keys are in order, and only there', () => {
    const short = (one: unknown): string | undefined => jsonInOrder(one, 64, MAX_EVENT_BYTES);
    fc.assert(
      fc.property(storable, (one) => {
        const text = canonical(one);
        expect([text, undefined]).toContain(short(one));
        // Keys that look like numbers come first whatever is done.
        if (!/"\d+":/.test(text) && !text.includes('\\ud')) expect(short(JSON.parse(text))).toBe(text);
      }),
    );
    expect(short({ a: [{ b: 1, c: 'x' }] })).toBe('{"a":[{"b":1,"c":"x"}]}');
    expect(short({ a: [{ c: 'x', b: 1 }] })).toBeUndefined();
    expect(short({ 9: 1, 10: 2 })).toBeUndefined();
    // Keys count as well: what is shared must not become a text that nobody can hold.
    const shared = { ['k'.repeat(200_000)]: 0 };
    expect(short([shared, shared])).toContain('kkk');
    expect(short([shared, shared, shared])).toBeUndefined();
    expect(canonical({ 9: 1, 10: 2 })).toBe('{"10":2,"9":1}');
    expect(canonical({ a: '\\ud800' })).toBe(JSON.stringify({ a: '\\ud800' }));
  });

  it('agrees with JSON on strings and numbers', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
    );
    fc.assert(
      fc.property(scalar, (one) => {
        expect(canonical(one)).toBe(JSON.stringify(one));
      }),
    );
  });

  it('sorts keys by UTF-16 code units as RFC 8785 shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonical(Object.fromEntries(keys.map((key, index) => [key, index])));
    expect(text).toBe('{"\\r":1,"1":3,"\u0080":5,"\u00f6":6,"\u20ac":0,"\ud83d\ude00":4,"\ufb33":2}');
  });

  it('writes numbers in their shortest form and -0 as 0', () => {
    expect(canonical([-0, 1e21, 1e-7, 333333333.3333333, 4.5, 2e-3])).toBe(
      '[0,1e+21,1e-7,333333333.3333333,4.5,0.002]',
    );
  });

  it.each([
    ['BigInt', { a: [{ 'b/~': 1n }] }, '/a/0/b~1~0', 'bigint'],
    ['NaN', { a: Number.NaN }, '/a', 'not-finite'],
    ['Infinity', [1, -Infinity], '/1', 'not-finite'],
    ['an undefined member', { a: undefined }, '/a', 'undefined'],
    ['an undefined root', undefined, '', 'undefined'],
    ['a function', { toJSON: () => 1 }, '/toJSON', 'function'],
    ['a symbol', [Symbol('x')], '/0', 'symbol'],
    ['a symbol key', { [Symbol('x')]: 1 }, '', 'symbol'],
    ['a date', { at: new Date(0) }, '/at', 'class-instance'],
    ['an invalid date', { at: new Date(Number.NaN) }, '/at', 'class-instance'],
    ['a map', new Map(), '', 'class-instance'],
    ['bytes', { b: Buffer.from('x') }, '/b', 'class-instance'],
    ['a class of array', { a: new (class extends Array {})() }, '/a', 'class-instance'],
    ['a hole', { a: Array(2) }, '/a', 'sparse-array'],
    ['a lone surrogate', ['ok', '\udc00x'], '/1', 'lone-surrogate'],
    ['a lone surrogate in a key', { '\ud800': 1 }, '/\ud800', 'lone-surrogate'],
    ['a __proto__ key', { a: JSON.parse('{"__proto__":1}') as unknown }, '/a/__proto__', 'reserved-key'],
  ])('refuses %s', (_, input, pointer, reason) => {
    expect(refusal(input)).toEqual([pointer, reason]);
  });

  it('takes 64 levels and refuses 65, and so a cycle', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(refusal(nested(64))).toBeTypeOf('string');
    expect(refusal(nested(65))).toEqual(['/a'.repeat(64), 'too-deep-or-cyclic']);
    expect(refusal(cycle)).toEqual(['/self'.repeat(64), 'too-deep-or-cyclic']);
  });

  it('takes 512 KiB and refuses a byte more, counted in UTF-8', () => {
    const half = (MAX_EVENT_BYTES - 2) / 2;
    expect(refusal('ü'.repeat(half))).toBeTypeOf('string');
    expect(refusal(`${'ü'.repeat(half)}x`)).toEqual(['', 'too-large']);
  });

  it('stops early where shared parts would explode', () => {
    let one: unknown = [1];
    for (let level = 0; level < 40; level += 1) one = [one, one];
    expect(refusal(one)).toEqual([expect.any(String), 'too-large']);
  });
});
