import { describe, expect, it } from 'vitest';
import { keyId } from '../../src/domain/sealed.ts';
import { keyCache } from '../../src/infra/keys/key-cache.ts';
import type { KeyInUse } from '../../src/infra/keys/key-in-use.ts';

const id = keyId.parse('k');
const firstByteOf = ({ subKeys }: KeyInUse) => subKeys[0];

describe('key cache', () => {
  it('loads a key once for all who want it', async () => {
    let loads = 0;
    const cache = keyCache(() => {
      loads += 1;
      return Promise.resolve(new Uint8Array([1, 2]));
    });
    const firstByte = () => cache.withKey(id, firstByteOf);
    expect(await Promise.all([firstByte(), firstByte(), firstByte()])).toEqual([1, 1, 1]);
    expect(await firstByte()).toBe(1);
    expect(loads).toBe(1);
  });

  it('asks again after a load that failed', async () => {
    const answers = [Promise.reject(new Error('disk')), Promise.resolve(new Uint8Array([1]))];
    const cache = keyCache(() => answers.shift() ?? Promise.resolve(undefined));
    await expect(cache.withKey(id, firstByteOf)).rejects.toThrow('disk');
    expect(await cache.withKey(id, firstByteOf)).toBe(1);
  });

  it('keeps no key whose load ends only after the key was erased', async () => {
    const loading = Promise.withResolvers<Uint8Array | undefined>();
    const answers = [loading.promise];
    const cache = keyCache(() => answers.shift() ?? Promise.resolve(undefined));
    const early = cache.withKey(id, firstByteOf);
    const forgotten = cache.forget([id], () => Promise.resolve());
    // Lets the erasure end before the load does.
    await new Promise(setImmediate);
    loading.resolve(new Uint8Array([1]));
    await forgotten;
    expect([1, 'gone']).toContain(await early);
    expect(await cache.withKey(id, firstByteOf)).toBe('gone');
  });

  it('overwrites the key it forgets', async () => {
    const subKeys = new Uint8Array([1, 2]);
    const cache = keyCache(() => Promise.resolve(undefined));
    cache.add(id, subKeys);
    await cache.forget([id], () => Promise.resolve());
    expect(subKeys).toEqual(new Uint8Array(2));
  });
});
