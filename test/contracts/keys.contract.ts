import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import { KeyGone } from '../../src/infra/keys/port.ts';
import type { Keys } from '../../src/infra/keys/port.ts';

/**
 * One deployment's keys: `start` once, then again after `close`, as a restarted process would. `rotate` starts under a
 * master key made just now, with the one until then as its predecessor; later starts are under the new one alone.
 */
export type KeysDeployment = { readonly start: () => Promise<Keys>; readonly rotate: () => Promise<Keys> };

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const unknownKey = keyId.parse('0123456789abcdef-1');

export const keysContract = (name: string, deploy: () => KeysDeployment): void => {
  describe(`keys contract: ${name}`, () => {
    const run = async (use: (keys: Keys) => Promise<void>): Promise<void> => {
      const keys = await deploy().start();
      try {
        await use(keys);
      } finally {
        await keys.close();
      }
    };

    it('opens what it sealed, byte for byte, also nothing at all and 256 KiB', () =>
      run(async (keys) => {
        const id = await keys.reserve();
        for (const size of [0, 1, 1000, 256 * 1024]) {
          const plaintext = new Uint8Array(randomBytes(size));
          expect(await keys.open(await keys.seal(id, 'run/input', plaintext), 'run/input')).toEqual(
            plaintext,
          );
        }
      }));

    it('opens what was sealed last and what was sealed before, whatever becomes of the bytes it was given and gave', () =>
      run(async (keys) => {
        const id = await keys.reserve();
        const given = text('second');
        const boxes = [await keys.seal(id, 'c', text('first')), await keys.seal(id, 'c', given)];
        given.fill(0);
        for (let round = 0; round < 2; round += 1) {
          const opened = await Promise.all(boxes.map(async (box) => keys.open(box, 'c')));
          expect(opened).toEqual([text('first'), text('second')]);
          for (const plaintext of opened) if (plaintext !== 'erased') plaintext.fill(0);
        }
        await keys.destroy([id]);
        expect(await Promise.all(boxes.map(async (box) => keys.open(box, 'c')))).toEqual([
          'erased',
          'erased',
        ]);
      }));

    it('seals into the form events store, naming the key', () =>
      run(async (keys) => {
        const id = await keys.reserve();
        const box = await keys.seal(id, 'c', text('hello'));
        expect(sealed.safeParse(box).success).toBe(true);
        expect(box.startsWith(`1.${id}.`)).toBe(true);
        expect(box).not.toContain(Buffer.from('hello').toString('base64url'));
      }));

    it('never seals the same bytes into the same text', () =>
      run(async (keys) => {
        const id = await keys.reserve();
        expect(await keys.seal(id, 'c', text('x'))).not.toBe(await keys.seal(id, 'c', text('x')));
      }));

    it('refuses another context', () =>
      run(async (keys) => {
        const box = await keys.seal(await keys.reserve(), 'saga-1/input', text('x'));
        await expect(keys.open(box, 'saga-1/inpu')).rejects.toThrow();
        await expect(keys.open(box, '')).rejects.toThrow();
      }));

    it('refuses ciphertext with any one character altered', () =>
      run(async (keys) => {
        const id = await keys.reserve();
        const box = await keys.seal(id, 'c', text('hi'));
        for (let at = id.length + 3; at < box.length; at += 1) {
          const altered = box.slice(0, at) + (box[at] === 'A' ? 'B' : 'A') + box.slice(at + 1);
          await expect(keys.open(sealed.parse(altered), 'c')).rejects.toThrow();
        }
      }));

    it('refuses ciphertext under the name of another key', () =>
      run(async (keys) => {
        const [mine, other] = [await keys.reserve(), await keys.reserve()];
        const box = await keys.seal(mine, 'c', text('x'));
        await expect(keys.open(sealed.parse(box.replace(mine, other)), 'c')).rejects.toThrow();
      }));

    it('hands out every key once, to thousands of callers at the same time', () =>
      run(async (keys) => {
        const ids = await Promise.all(Array.from({ length: 3000 }, async () => keys.reserve()));
        expect(new Set(ids).size).toBe(3000);
        for (const id of ids) expect(keyId.safeParse(id).success).toBe(true);
      }));

    it('gives equal fingerprints to equal bytes under one key only', () =>
      run(async (keys) => {
        const [mine, other] = [await keys.reserve(), await keys.reserve()];
        const first = await keys.fingerprint(mine, text('body'));
        expect(first).toMatch(/^[0-9a-f]{64}$/);
        expect(await keys.fingerprint(mine, text('body'))).toBe(first);
        expect(await keys.fingerprint(mine, text('bodY'))).not.toBe(first);
        expect(await keys.fingerprint(other, text('body'))).not.toBe(first);
      }));

    it('knows neither the contents nor the fingerprint of a destroyed key', () =>
      run(async (keys) => {
        const [gone, kept] = [await keys.reserve(), await keys.reserve()];
        const lost = await keys.seal(gone, 'c', text('lost'));
        const safe = await keys.seal(kept, 'c', text('safe'));
        await keys.destroy([gone, unknownKey]);
        await keys.destroy([gone]);
        expect(await keys.open(lost, 'c')).toBe('erased');
        expect(await keys.fingerprint(gone, text('x'))).toBeUndefined();
        await expect(keys.seal(gone, 'c', text('x'))).rejects.toThrow(KeyGone);
        expect(await keys.open(safe, 'c')).toEqual(text('safe'));
      }));

    it('refuses to seal under a key that never existed', () =>
      run(async (keys) => {
        await expect(keys.seal(unknownKey, 'c', text('x'))).rejects.toThrow(KeyGone);
      }));

    it('never seals under a key that is being destroyed without opening it or calling it erased', () =>
      run(async (keys) => {
        const id = await keys.reserve();
        const box = await keys.seal(id, 'c', text('x'));
        const attempts = Array.from({ length: 50 }, async () => keys.open(box, 'c'));
        const destroyed = keys.destroy([id]);
        attempts.push(...Array.from({ length: 50 }, async () => keys.open(box, 'c')));
        await destroyed;
        for (const outcome of await Promise.all(attempts))
          expect([text('x'), 'erased']).toContainEqual(outcome);
        expect(await keys.open(box, 'c')).toBe('erased');
      }));

    it('makes one secret per name, also for callers at the same time', () =>
      run(async (keys) => {
        const same = await Promise.all(Array.from({ length: 20 }, () => keys.secret('cursor')));
        expect(new Set(same.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(1);
        expect(same[0]).toHaveLength(32);
        expect(await keys.secret('other')).not.toEqual(same[0]);
      }));

    it('keeps keys, secrets and erasures across a restart and hands out no key again', async () => {
      const deployment = deploy();
      const before = await deployment.start();
      const ids = await Promise.all(Array.from({ length: 600 }, async () => before.reserve()));
      const [id = unknownKey, gone = unknownKey] = ids;
      const [box, lost] = [await before.seal(id, 'c', text('x')), await before.seal(gone, 'c', text('y'))];
      const [secret, fingerprint] = [await before.secret('s'), await before.fingerprint(id, text('b'))];
      await before.destroy([gone]);
      await before.close();

      const after = await deployment.start();
      const next = await Promise.all(Array.from({ length: 600 }, async () => after.reserve()));
      expect(next.filter((key) => ids.includes(key))).toEqual([]);
      expect(await after.open(box, 'c')).toEqual(text('x'));
      expect(await after.open(lost, 'c')).toBe('erased');
      expect(await after.secret('s')).toEqual(secret);
      expect(await after.fingerprint(id, text('b'))).toBe(fingerprint);
      await after.close();
    });

    it('goes on under another master key: keys, secrets and erasures are those of before', async () => {
      const deployment = deploy();
      const before = await deployment.start();
      const ids = await Promise.all(Array.from({ length: 600 }, async () => before.reserve()));
      const boxes = await Promise.all(ids.map(async (id) => before.seal(id, 'c', text(`of ${id}`))));
      const [gone = unknownKey] = ids;
      const [secret, fingerprint] = [
        await before.secret('s'),
        await before.fingerprint(ids[1] ?? gone, text('b')),
      ];
      await before.destroy([gone]);
      await before.close();

      for (const open of [deployment.rotate, deployment.start, deployment.rotate]) {
        const after = await open();
        const opened = await Promise.all(boxes.map(async (box) => after.open(box, 'c')));
        expect(opened).toEqual(ids.map((id) => (id === gone ? 'erased' : text(`of ${id}`))));
        expect(await after.secret('s')).toEqual(secret);
        expect(await after.fingerprint(ids[1] ?? gone, text('b'))).toBe(fingerprint);
        const fresh = await after.reserve();
        expect(await after.open(await after.seal(fresh, 'c', text('new')), 'c')).toEqual(text('new'));
        await after.close();
      }
    });

    it('rejects every call after close', async () => {
      const keys = await deploy().start();
      const id = await keys.reserve();
      await keys.close();
      await keys.close();
      await expect(keys.seal(id, 'c', text('x'))).rejects.toThrow();
      await expect(keys.secret('s')).rejects.toThrow();
      await expect(keys.reserve()).rejects.toThrow();
    });
  });
};
