import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256 } from '../../src/infra/http/hmac-sha256.ts';

const bytes = (maxLength: number) => fc.uint8Array({ minLength: 0, maxLength });

describe('hmacSha256', () => {
  it("gives what Node's own gives, for any message and any key that fit into a block", () => {
    fc.assert(
      fc.property(bytes(64), bytes(55), fc.integer({ min: 1, max: 8 }), (key, first, words) => {
        const message = Buffer.alloc(first.length);
        const mac = Buffer.alloc(words * 4);
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
    [65, 1, 4],
    [1, 56, 4],
    [1, 1, 36],
    [1, 1, 3],
  ])('refuses a key of %i, a message of %i and a MAC of %i bytes', (key, message, mac) => {
    expect(() => hmacSha256(new Uint8Array(key), Buffer.alloc(message), Buffer.alloc(mac))).toThrow(
      RangeError,
    );
  });
});
