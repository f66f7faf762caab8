import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listCursorCodec } from '../../src/infra/http/list-cursor.ts';

const codec = listCursorCodec({ key: Buffer.alloc(32, 1) });
const identity = { list: 'sagas', filters: { status: 'FAILED', from: undefined }, sort: '-startedAt' };
const keyset = fc.record({
  value: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  ),
  id: fc.string({ unit: 'binary' }),
});

describe('a list cursor', () => {
  it('gives back where the list ended, to the same query', () => {
    fc.assert(
      fc.property(keyset, (after) => {
        const plain: unknown = JSON.parse(JSON.stringify(after));
        const same = { ...identity, filters: { status: 'FAILED' } };
        expect(codec.decode(same, codec.encode(identity, after))).toEqual(plain);
      }),
    );
  });

  it('fits no other query, and no other deployment', () => {
    const cursor = codec.encode(identity, { value: 'x', id: 'y' });
    const others = [
      { ...identity, list: 'timers' },
      { ...identity, sort: 'startedAt' },
      { ...identity, filters: {} },
      { ...identity, filters: { status: 'FAILED', from: 'x' } },
    ];
    for (const other of others) expect(codec.decode(other, cursor)).toBeUndefined();
    expect(listCursorCodec({ key: Buffer.alloc(32, 2) }).decode(identity, cursor)).toBeUndefined();
  });

  it('is refused wherever one character of it is another', () => {
    const cursor = codec.encode(identity, { value: 7, id: 'y' });
    for (let at = 0; at < cursor.length; at += 1) {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      const altered = cursor.slice(0, at) + other + cursor.slice(at + 1);
      expect(codec.decode(identity, altered)).toBeUndefined();
    }
  });

  it.each(['', 'x', '=', 'AAAA', '\u0000', 'A'.repeat(22), 'A'.repeat(2000)])('is not %j', (text) => {
    expect(codec.decode(identity, text)).toBeUndefined();
  });
});
