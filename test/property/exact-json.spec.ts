import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactJson, parseExactJson } from '../../src/infra/strict-input/exact-json.ts';
import type { ExactJson } from '../../src/infra/strict-input/exact-json.ts';
import { parseStrictJson } from '../../src/infra/strict-input/strict-json.ts';

const parse = (text: string) => parseExactJson(Buffer.from(text));
const flawOf = (text: string): string => {
  const parsed = parse(text);
  return parsed.kind === 'flawed' ? parsed.flaw.code : 'ok';
};

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const fraction = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 })
  .filter((value) => !Number.isInteger(value));
const text = fc
  .string({ unit: 'grapheme' })
  .filter((each) => each.isWellFormed() && !each.includes('\u0000'));
const key = text.filter((each) => each !== '__proto__' && each !== 'prototype');
const NOISE = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '0',
  '1',
  '23',
  '.',
  '-',
  'e',
  'E',
  ' ',
  '\\',
  'u',
] as const;
const value: fc.Arbitrary<ExactJson> = fc.letrec<{ value: ExactJson }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    int64,
    fraction,
    text,
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('exact JSON', () => {
  it('reads what it wrote, every 64-bit integer included', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(parse(exactJson(given))).toEqual({ kind: 'ok', value: given });
      }),
    );
  });

  it('writes integers of all their digits, and everything else as JSON.stringify does', () => {
    expect(exactJson({ id: 9223372036854775807n, low: -9223372036854775808n, gone: undefined })).toBe(
      '{"id":9223372036854775807,"low":-9223372036854775808}',
    );
    fc.assert(
      fc.property(value, (given) => {
        const asNumbers: unknown = JSON.parse(exactJson(given));
        const throughNumbers: unknown = JSON.parse(
          JSON.stringify(given, (_key, each: unknown) => (typeof each === 'bigint' ? Number(each) : each)),
        );
        expect(asNumbers).toEqual(throughNumbers);
      }),
    );
  });

  it('gives integers as bigints, however they are nested, and other numbers as numbers', () => {
    expect(parse('{"a":[1,{"b":9007199254740993}],"c":1.0,"d":1e3,"e":-0,"f":"1"}')).toEqual({
      kind: 'ok',
      value: { a: [1n, { b: 9007199254740993n }], c: 1, d: 1000, e: 0n, f: '1' },
    });
  });

  it('refuses what strict JSON refuses for anything but the size of an integer', () => {
    for (const bad of ['', '{', '{"a":1,"a":2}', '{"__proto__":1}', '"\\ud800"', '01', '1 2', '1e999'])
      expect(flawOf(bad)).not.toBe('ok');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...NOISE) }), (noise) => {
        const strict = parseStrictJson(Buffer.from(noise));
        if (strict.kind === 'flawed' && strict.flaw.code !== 'number_out_of_range')
          expect(flawOf(noise)).toBe(strict.flaw.code);
      }),
    );
  });
});
