import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOpaqueJson, parseStrictJson } from '../../src/infra/strict-input/strict-json.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));
const flawOf = (source: string | Buffer) => {
  const parsed = parseStrictJson(typeof source === 'string' ? Buffer.from(source) : source);
  return parsed.kind === 'flawed' ? parsed.flaw.code : 'ok';
};

const safeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
);
const text = fc
  .string({ unit: 'grapheme' })
  .filter((each) => each.isWellFormed() && !each.includes('\u0000'));
const key = text.filter((each) => each !== '__proto__' && each !== 'prototype');
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    safeNumber,
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  ),
})).value;
const withoutNegativeZero = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, each: unknown) => (each === 0 ? 0 : each));

const PUNCTUATION = ['{', '}', '[', ']', ',', ':'];

describe('strict JSON', () => {
  it('reads what JSON.stringify writes, with or without blanks', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const parsed = parse(JSON.stringify(value, null, indent));
        expect(parsed).toEqual({ kind: 'ok', value: withoutNegativeZero(value) });
      }),
    );
  });

  it('accepts nothing that JSON.parse refuses, and reads the same where both accept', () => {
    const fragment = fc.constantFrom(
      ...PUNCTUATION,
      ...['"a"', '"\\u00e9"', '1', '-0', '01', '1.', '1e5', ' ', 'nul', 'true', '"', '\\', '\n'],
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const source = fragments.join('');
        const parsed = parse(source);
        if (parsed.kind === 'ok') expect(parsed.value).toEqual(withoutNegativeZero(JSON.parse(source)));
        else if (parsed.flaw.code === 'malformed') expect(() => void JSON.parse(source)).toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('finds a key that stands twice, wherever and among however many', () => {
    const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), (once, which, where) => {
        const twice = once.toSpliced(where % (once.length + 1), 0, once[which % once.length] ?? '');
        const textOf = (some: readonly string[]) => some.map((each) => `${JSON.stringify(each)}:1`).join();
        expect(flawOf(`{${textOf(once)}}`)).toBe('ok');
        expect(flawOf(`{${textOf(twice)}}`)).toBe('duplicate_key');
      }),
    );
  });

  it('takes a short text for what it takes the same text among a lot of blanks for', () => {
    const blanks = ' '.repeat(40_000);
    const fragment = fc.constantFrom(
      ...PUNCTUATION,
      ...['{"a":', ',"a":', ',"b":', '"a" :', '":"', '"a:b"', '" :"', '"prototype":'],
      ...[
        '"__proto__":1',
        '1',
        '-0',
        '0.5',
        '9007199254740992',
        '1e400',
        '"é"',
        '"\\n"',
        '\u0000',
        'true',
        ' ',
        '\n',
      ],
    );
    const texts = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      fc.array(fragment, { maxLength: 12 }).map((fragments) => fragments.join('')),
      fc.nat({ max: 40 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
    );
    fc.assert(
      fc.property(texts, (source) => {
        const [short, long] = [parse(source), parse(source + blanks)];
        if (short.kind === 'ok') expect(long).toEqual(short);
        else expect(long).toMatchObject({ flaw: { code: short.flaw.code, pointer: short.flaw.pointer } });
        const opaque = [source, source + blanks].map((text) => checkOpaqueJson(Buffer.from(text))?.code);
        expect(opaque[0]).toBe(opaque[1]);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseStrictJson(bytes)),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['\uFEFF{}', 'byte_order_mark'],
    [Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'invalid_utf8'],
    [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8'],
    ['{"a":1} x', 'malformed'],
    ['{"a":1,}', 'malformed'],
    ['[1,]', 'malformed'],
    ['[,1]', 'malformed'],
    ['{a:1}', 'malformed'],
    ['NaN', 'malformed'],
    ['// x\n1', 'malformed'],
    ['"a\nb"', 'malformed'],
    ['"\\x"', 'malformed'],
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a" :1,"a":2}', 'duplicate_key'],
    ['{"a":":","a":1,"b" :1}', 'duplicate_key'],
    ['{"a":[{"b":1,"b":1}]}', 'duplicate_key'],
    ['{":a":1,"b":":c:","d:":" : "}', 'ok'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['{"__proto__":1}', 'forbidden_key'],
    ['{"\\u005f_proto__":1}', 'forbidden_key'],
    ['{"constructor":{"prototype":1}}', 'forbidden_key'],
    ['"\\ud800"', 'invalid_text'],
    ['{"\\udc00":1}', 'invalid_text'],
    ['"\\u0000"', 'invalid_text'],
    ['1e400', 'number_out_of_range'],
    ['9007199254740993', 'number_out_of_range'],
    ['-9007199254740993', 'number_out_of_range'],
    ['9007199254740991', 'ok'],
    ['[]', 'ok'],
    ['{"constructor":1}', 'ok'],
    ['['.repeat(32) + ']'.repeat(32), 'ok'],
    ['['.repeat(33) + ']'.repeat(33), 'too_deep'],
    ['['.repeat(200_000), 'too_deep'],
    [`{${Array.from({ length: 10_000 }, (_, at) => `"k${at}":1`).join()}}`, 'ok'],
    [`{${Array.from({ length: 10_001 }, (_, at) => `"k${at}":1`).join()}}`, 'too_many_keys'],
    [`[${'1,'.repeat(100_000)}1]`, 'too_many_items'],
  ])('answers %j with %s', (source, code) => {
    expect(flawOf(source)).toBe(code);
  });

  it('turns -0 into 0', () => {
    expect(parse('[-0, -0.0,-0e1, -1e-400]')).toEqual({ kind: 'ok', value: [0, 0, 0, 0] });
    expect(parse('-0')).toEqual({ kind: 'ok', value: 0 });
    expect(parse('{"a":-0}')).toEqual({ kind: 'ok', value: { a: 0 } });
  });

  it('says where the flaw is', () => {
    expect(parse('{"a":[1,{"b/c":1e400}]}')).toMatchObject({ flaw: { pointer: '/a/1/b~1c', offset: 15 } });
  });

  it('leaves the numbers of a body alone that is passed on as it came', () => {
    expect(checkOpaqueJson(Buffer.from('{"id":9007199254740993}'))).toBeUndefined();
    expect(checkOpaqueJson(Buffer.from('{"id":1e400}'))?.code).toBe('number_out_of_range');
    expect(checkOpaqueJson(Buffer.from('{"id":1,"id":2}'))?.code).toBe('duplicate_key');
  });

  it('pollutes no prototype', () => {
    parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
