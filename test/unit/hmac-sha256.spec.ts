import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256 } from '../../src/infra/http/hmac-sha256.ts';

const bytes = (maxLength: number) => fc.uint8Array({ minLength: 0, maxLength });

describe('hmacSha256', () => {
  it("gives what Node's own gives, for any message and any key that fits into a block", () => {
    fc.assert(
      fc.property(bytes(64), bytes(200), fc.integer({ min: 1, max: 32 }), (key, first, length) => {
        const message = Buffer.alloc(first.length);
        const mac = Buffer.alloc(length);
        const sign = hmacSha256(key, message, mac);
        for (const text of [first, first.toReversed(), first]) {
          message.set(text);
          sign();
          const expected = createHmac('sha256', key).update(text).digest().subarray(0, mac.length);
          expect(mac.toString('hex')).toBe(expected.toString('hex'));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [65, 4],
    [1, 33],
  ])('refuses a key of %i and a MAC of %i bytes', (key, mac) => {
    expect(() => hmacSha256(new Uint8Array(key), Buffer.alloc(1), Buffer.alloc(mac))).toThrow(RangeError);
  });
});
