// Written once and never edited: in every data directory lie keys and payloads of this form, and no reader but this one.
import { describe, expect, it } from 'vitest';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import { encryptionKeyOf, fingerprintWith, openWith } from '../../src/infra/keys/cipher.ts';
import { wrappingUnder } from '../../src/infra/keys/wrapping.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

const id = keyId.parse('0123456789abcdef-1');
const wrapping = wrappingUnder(new Uint8Array(32).fill(9));
const wrapped = bytes('7jEXPy7JtnMv9LydSdCD-54NtNfgbEOIprHkO6les3SSORQ1AULiPzViOtJuLJWRY3GMy5YPZpO8dGAa');

describe('what was kept under a master key', () => {
  it('is known by its proof', () => {
    expect(wrapping.isProof(bytes('bVXKktLyg2CqDPCrb3rYmj8p01SHGL7XTvKCOyuO5uo'))).toBe(true);
  });

  it('is a data key that still opens what it sealed, and tells of two bodies whether they are one', () => {
    const subKeys = wrapping.unwrapKey(id, wrapped);
    const box = sealed.parse(
      '1.0123456789abcdef-1.VVmVrvgTlZwZlP_0KMA8rBaCZe6dmFvK3z-drJ_4XxX3y2T4mH7p2vI66wyZ',
    );
    expect(openWith(encryptionKeyOf(subKeys), box, 'saga-1/ü')).toEqual(
      new Uint8Array(Buffer.from('{"tenant":"acme"}')),
    );
    expect(fingerprintWith(subKeys, new Uint8Array(Buffer.from('body')))).toBe(
      '7beadde186691582459be69ad8bd3bf31e54dd44ec60d1934a468ae5c29d8527',
    );
  });

  it('is a secret', () => {
    const secret = bytes('EDu69YUc6k0yU7DqAtvV0cOB9gdrN6mnhQs56Bgqr6pw9KxDbatsG9827ZqB7z6mYLff1O3UAkkjlm3Z');
    expect(wrapping.unwrapSecret('cursor', secret)).toEqual(
      bytes('uDr2hCEgNM0gMwoPyQ0jyT0gYt9WvGtfEpitKfqZuqQ'),
    );
  });
});
