import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256 } from '../../src/infra/http/hmac-sha256.ts';

describe('hmacSha256', () => {
  it("gives what Node's own gives, for any message and any key of up to a block", () => {
    const bytes = (maxLength: number) => fc.uint8Array({ minLength: 0, maxLength });
    fc.assert(
      fc.property(bytes(64), bytes(300), bytes(300), (key, first, second) => {
        const hmac = hmacSha256(key);
        const expected = [first, second].map((bytes) =>
          createHmac('sha256', key).update(bytes).digest('hex'),
        );
        expect([hmac(first), hmac(second)]).toEqual(expected);
      }),
    );
  });

  it('refuses a longer key, which would have to be hashed first', () => {
    expect(() => hmacSha256(new Uint8Array(65))).toThrow(RangeError);
  });
});
