import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorCodec } from '../../src/infra/http/cursor.ts';

const LOG = '0198f3a0-1111-7abc-8def-000000000001';
const OTHER_LOG = '0198f3a0-1111-7abc-8def-000000000002';
const KEY = Buffer.alloc(32, 7);
const codec = cursorCodec({ logId: LOG, key: KEY });
const half = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((number) => number.toString().padStart(20, '0'));
const position = fc.tuple(half, half).map((halves) => halves.join(''));

describe('a cursor', () => {
  it('gives back the position it was made from', () => {
    fc.assert(
      fc.property(position, (at) => {
        expect(codec.decode(codec.encode(at))).toEqual({ kind: 'ok', position: at });
      }),
    );
  });

  it('is written as it always was', () => {
    fc.assert(
      fc.property(half, half, (commit, prepare) => {
        const body = Buffer.alloc(33, 1);
        body.write(LOG.replaceAll('-', ''), 1, 'hex');
        body.writeBigUInt64BE(BigInt(commit), 17);
        body.writeBigUInt64BE(BigInt(prepare), 25);
        const mac = createHmac('sha256', KEY).update(body).digest().subarray(0, 12);
        expect(codec.encode(commit + prepare)).toBe(Buffer.concat([body, mac]).toString('base64url'));
      }),
    );
  });

  it('is the same however often and in whatever order it is made', () => {
    const near = fc
      .constantFrom(0n, 1n, 4096n, 10_000n, 2n ** 63n)
      .map((number) => number.toString().padStart(20, '0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(near, near)), (halves) => {
        for (const at of halves.map((each) => each.join('')))
          expect(codec.encode(at)).toBe(cursorCodec({ logId: LOG, key: KEY }).encode(at));
      }),
    );
  });

  it('is not accepted with any one bit changed', () => {
    fc.assert(
      fc.property(position, fc.nat({ max: 45 * 8 - 1 }), (at, bit) => {
        const bytes = Buffer.from(codec.encode(at), 'base64url');
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(codec.decode(bytes.toString('base64url')).kind).not.toBe('ok');
      }),
    );
  });

  it('is foreign to another log', () => {
    const other = cursorCodec({ logId: OTHER_LOG, key: Buffer.alloc(32, 8) });
    fc.assert(
      fc.property(position, (at) => {
        expect(other.decode(codec.encode(at))).toEqual({ kind: 'foreign' });
      }),
    );
  });

  it('is malformed where the key is another one', () => {
    const forger = cursorCodec({ logId: LOG, key: Buffer.alloc(32, 8) });
    fc.assert(
      fc.property(position, (at) => {
        expect(forger.decode(codec.encode(at))).toEqual({ kind: 'malformed' });
      }),
    );
  });

  it('of an earlier epoch counts up to where that was cut off, and says so behind it', () => {
    const at = (number: number) => String(number).padStart(20, '0') + '0'.repeat(20);
    const epoch = (last: number, after: number) => ({
      id: OTHER_LOG.slice(0, -1) + String(last),
      after: at(after),
    });
    const [second, third] = [epoch(3, 100), epoch(4, 60)];
    const ages = [[], [second], [second, third]].map((epochs) =>
      cursorCodec({ logId: LOG, epochs, key: KEY }),
    );
    fc.assert(
      fc.property(fc.nat(2), fc.nat(2), fc.nat(200), (made, read, number) => {
        const kind = ages[read]?.decode(ages[made]?.encode(at(number)) ?? '').kind;
        const cut = [Infinity, 100, 60].slice(made + 1, read + 1);
        expect(kind).toBe(made <= read && number <= Math.min(Infinity, ...cut) ? 'ok' : 'foreign');
        const forged = cursorCodec({ logId: LOG, key: Buffer.alloc(32, 8) }).encode(at(number));
        expect(ages[read]?.decode(forged).kind).toBe('malformed');
      }),
    );
  });

  it('takes any other text as malformed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(codec.decode(text).kind).toBe('malformed');
      }),
    );
  });

  it('is not made from what is no position', () => {
    expect(() => codec.encode('12')).toThrow(RangeError);
    expect(() => codec.encode('9'.repeat(40))).toThrow(RangeError);
    for (const at of [0, 19, 20, 39])
      for (const other of ['-', '/', ':', 'a']) {
        const altered = '0'.repeat(at) + other + '0'.repeat(39 - at);
        expect(() => codec.encode(altered)).toThrow(RangeError);
      }
  });
});
