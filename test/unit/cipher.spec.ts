import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import {
  CiphertextAltered,
  deriveSubKeys,
  fingerprintWith,
  openWith,
  sealWith,
} from '../../src/infra/keys/cipher.ts';

const id = keyId.parse('0123456789abcdef-1');
const subKeys = deriveSubKeys(new Uint8Array(32).fill(7));

describe('cipher', () => {
  it('opens any bytes under the context they were sealed with, and under no other', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.string(), (plain, context, other) => {
        const box = sealWith({ id, subKeys }, context, plain);
        expect(openWith(subKeys, box, context)).toEqual(new Uint8Array(plain));
        if (other !== context) expect(() => openWith(subKeys, box, other)).toThrow(CiphertextAltered);
      }),
    );
  });

  it('encrypts and fingerprints under different keys, both other than the data key', () => {
    const dataKey = new Uint8Array(randomBytes(32));
    const derived = deriveSubKeys(dataKey);
    const parts = [dataKey, derived.subarray(0, 32), derived.subarray(32)];
    expect(new Set(parts.map((part) => Buffer.from(part).toString('hex'))).size).toBe(3);
    const otherEncryption = Uint8Array.from(derived, (byte, at) => (at < 32 ? byte ^ 1 : byte));
    expect(fingerprintWith(otherEncryption, dataKey)).toBe(fingerprintWith(derived, dataKey));
  });

  it('refuses text too short to be ciphertext, or with spare bits set', () => {
    expect(() => openWith(subKeys, sealed.parse(`1.${id}.AAAA`), 'c')).toThrow(CiphertextAltered);
    const box = sealWith({ id, subKeys }, 'c', new Uint8Array(3));
    expect(() => openWith(subKeys, sealed.parse(`${box}A`), 'c')).toThrow(CiphertextAltered);
  });
});
