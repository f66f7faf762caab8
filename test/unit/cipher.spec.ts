import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import {
  CiphertextAltered,
  deriveSubKeys,
  encryptionKeyOf,
  fingerprintWith,
  openWith,
  sealWith,
} from '../../src/infra/keys/cipher.ts';

const id = keyId.parse('0123456789abcdef-1');
const encryption = encryptionKeyOf(deriveSubKeys(new Uint8Array(32).fill(7)));

describe('cipher', () => {
  it('opens any bytes under the context they were sealed with, and under no other', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.string(), (plain, context, other) => {
        const box = sealWith({ id, encryption }, context, plain);
        expect(openWith(encryption, box, context)).toEqual(new Uint8Array(plain));
        if (other !== context) expect(() => openWith(encryption, box, other)).toThrow(CiphertextAltered);
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

  it('opens what is larger than most, beside what is not', () => {
    const texts = [20_000, 3, 16_384, 40_000, 0].map((size) => new Uint8Array(randomBytes(size)));
    const contexts = ['c', 'long '.repeat(300), 'ü'.repeat(200), 'c', ''];
    const boxes = texts.map((plain, at) => sealWith({ id, encryption }, contexts[at] ?? '', plain));
    expect(boxes.map((box, at) => openWith(encryption, box, contexts[at] ?? ''))).toEqual(texts);
  });

  it('refuses text too short to be ciphertext, or with spare bits set', () => {
    expect(() => openWith(encryption, sealed.parse(`1.${id}.AAAA`), 'c')).toThrow(CiphertextAltered);
    const box = sealWith({ id, encryption }, 'c', new Uint8Array(3));
    expect(() => openWith(encryption, sealed.parse(`${box}A`), 'c')).toThrow(CiphertextAltered);
  });
});
