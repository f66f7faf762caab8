import { describe, expect, it } from 'vitest';
import { parseStrictYaml } from '../../src/infra/strict-input/strict-yaml.ts';

const parse = (text: string) => parseStrictYaml(Buffer.from(text));
const codeOf = (text: string) => {
  const parsed = parse(text);
  return parsed.kind === 'flawed' ? parsed.flaw.code : 'ok';
};
const bomb = `a: &a [x, x]\n${Array.from({ length: 9 }, (_, at) => `b${at}: &b${at} [*a, *a]`).join('\n')}`;

const HOSTILE: readonly (readonly [string, string, string])[] = [
  ['an alias bomb', bomb, 'forbidden_syntax'],
  ['20,000 nested brackets', '['.repeat(20_000), 'too_deep'],
  ['20,000 nested dashes', '- '.repeat(20_000), 'too_deep'],
  ['20,000 nested question marks', '? '.repeat(20_000), 'too_deep'],
  [
    '33 levels by indentation',
    Array.from({ length: 33 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    'too_deep',
  ],
  ['a key twice', 'a: 1\na: 2', 'duplicate_key'],
  ['a key twice in flow style', '{a: 1, "a": 2}', 'duplicate_key'],
  ['a function tag', 'a: !!js/function "x"', 'forbidden_syntax'],
  ['a local tag', 'a: !x 1', 'forbidden_syntax'],
  ['__proto__', 'a:\n  __proto__: {x: 1}', 'forbidden_key'],
  ['a merge', 'a:\n  <<: {b: 1}', 'forbidden_syntax'],
  ['300 KiB', 'a'.repeat(300 * 1024), 'too_large'],
  ['a second document', 'a: 1\n---\nb: 2', 'forbidden_syntax'],
  ['a directive', '%YAML 1.1\n---\na: 1', 'forbidden_syntax'],
  ['64 KiB of tiny items', `[${'1,'.repeat(30_000)}]`, 'too_complex'],
  ['64 KiB of line ends', '\n'.repeat(65_000), 'too_complex'],
  ['a collection as a key', '[a]: 1', 'forbidden_syntax'],
  ['an integer beyond 2^53', 'a: 9007199254740993', 'number_out_of_range'],
  ['infinity', 'a: .inf', 'number_out_of_range'],
  ['a byte order mark', '\uFEFFa: 1', 'byte_order_mark'],
  ['U+0000', 'a: "\\0"', 'invalid_text'],
  ['nothing', '', 'empty'],
  ['a tab as indentation', 'a:\n\tb: 1', 'malformed'],
];

describe('strict YAML', () => {
  it('reads a registration', () => {
    const text =
      'orchName: tenant\nas: initiator\nsteps:\n  - {seq: 1, name: create}\n  - seq: 2\n    name: "mail"\n';
    expect(parse(text)).toEqual({
      kind: 'ok',
      value: {
        orchName: 'tenant',
        as: 'initiator',
        steps: [
          { seq: 1, name: 'create' },
          { seq: 2, name: 'mail' },
        ],
      },
    });
  });

  it('reads one document that is opened by ---', () => {
    expect(parse('---\na: 1\n')).toEqual({ kind: 'ok', value: { a: 1 } });
  });

  it('takes yes, no and dates as text', () => {
    expect(parse('a: yes\nb: no\nc: 2026-01-01')).toEqual({
      kind: 'ok',
      value: { a: 'yes', b: 'no', c: '2026-01-01' },
    });
  });

  it.each(HOSTILE)('refuses %s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each(HOSTILE)('takes at most 50 ms to refuse %s', (_what, text) => {
    const times = [1, 2, 3, 4, 5].map(() => {
      const start = performance.now();
      parse(text);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(parseStrictYaml(Buffer.from([0x61, 0x3a, 0x20, 0xff]))).toMatchObject({
      flaw: { code: 'invalid_utf8' },
    });
  });
});
