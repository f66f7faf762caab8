import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import type { KeyId } from '../../src/domain/sealed.ts';
import { boundTo, decrypt, deriveSubKeys } from '../../src/infra/keys/cipher.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { parseKeyId, SLOT_BYTES } from '../../src/infra/keys/key-slots.ts';
import { KeysFailed } from '../../src/infra/keys/key-thread.ts';
import { WrongMasterKey } from '../../src/infra/keys/wrapping.ts';
import { filesWith, freshDirectory } from '../support/fresh-directory.ts';

const newMasterKey = (): Uint8Array => new Uint8Array(randomBytes(32));
const slotsRow = z.object({ slots: z.custom<Uint8Array>((value) => value instanceof Uint8Array) });

/** The wrapped bytes of a key as they lie in the file. */
const wrappedOf = (dataDir: string, id: KeyId): Uint8Array => {
  const place = parseKeyId(id);
  const db = new DatabaseSync(join(dataDir, 'keys.db'), { readOnly: true });
  const row = slotsRow.parse(db.prepare('SELECT slots FROM blocks WHERE name = ?').get(place?.block ?? ''));
  db.close();
  const start = (place?.slot ?? 0) * SLOT_BYTES;
  return row.slots.slice(start, start + SLOT_BYTES);
};

/** A page may end inside a wrapped key, so it is looked for in pieces. */
const anyPieceOf = (wrapped: Uint8Array, dataDir: string): boolean =>
  [0, 15, 30, 45].some((start) => filesWith(dataDir, wrapped.subarray(start, start + 15)).length > 0);

describe('files of the embedded keys', () => {
  it('hold keys wrapped only, and no plaintext', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    const keys = await embeddedKeys({ dataDir, masterKey });
    const id = await keys.reserve();
    const secret = await keys.secret('s');
    await keys.seal(id, 'c', Buffer.from('canary in the coal mine'));
    const wrapped = wrappedOf(dataDir, id);
    const wrapping = new Uint8Array(
      hkdfSync('sha256', masterKey, new Uint8Array(0), 'skald master key 1 wrap', 32),
    );
    const dataKey = decrypt(wrapping, boundTo('key', id), wrapped);

    const check = (): void => {
      expect(anyPieceOf(wrapped, dataDir)).toBe(true);
      const subKeys = deriveSubKeys(dataKey);
      const hidden = [masterKey, wrapping, dataKey, subKeys.subarray(0, 32), subKeys.subarray(32), secret];
      for (const bytes of hidden) expect(filesWith(dataDir, bytes)).toEqual([]);
      expect(filesWith(dataDir, Buffer.from('canary in the coal mine'))).toEqual([]);
    };
    check();
    await keys.close();
    check();
  });

  it('hold nothing of a destroyed key, while the port is open and after', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    const keys = await embeddedKeys({ dataDir, masterKey });
    const ids = await Promise.all(Array.from({ length: 700 }, async () => keys.reserve()));
    const wrapped = ids.map((id) => wrappedOf(dataDir, id));
    const present = (): readonly boolean[] => wrapped.map((bytes) => anyPieceOf(bytes, dataDir));
    expect(present()).not.toContain(false);

    const isKept = (_: unknown, index: number): boolean => index % 3 !== 0;
    await keys.destroy(ids.filter((id, index) => !isKept(id, index)));
    expect(present()).toEqual(ids.map(isKept));
    await keys.close();
    expect(present()).toEqual(ids.map(isKept));
  });

  it('fail to erase as long as somebody else keeps the old pages readable, and say so', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    const keys = await embeddedKeys({ dataDir, masterKey });
    const id = await keys.reserve();
    const reader = new DatabaseSync(join(dataDir, 'keys.db'), { readOnly: true });
    reader.exec('BEGIN; SELECT count(*) FROM blocks');
    reader.prepare('SELECT count(*) FROM blocks').get();
    await expect(keys.destroy([id])).rejects.toThrow();
    reader.close();
    await keys.destroy([id]);
    await keys.close();
  });

  it('open under no other master key', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    await (await embeddedKeys({ dataDir, masterKey })).close();
    const opening = embeddedKeys({ dataDir, masterKey: newMasterKey() });
    await expect(opening).rejects.toThrow(WrongMasterKey);
    await expect(opening).rejects.toThrow(/master key/);
    await (await embeddedKeys({ dataDir, masterKey })).close();
  });

  it('hold nothing that the master key before a rotation opens', async () => {
    const [dataDir, previous, masterKey] = [freshDirectory(), newMasterKey(), newMasterKey()];
    const keys = await embeddedKeys({ dataDir, masterKey: previous.slice() });
    const ids = await Promise.all(Array.from({ length: 700 }, async () => keys.reserve()));
    const wrapped = ids.map((id) => wrappedOf(dataDir, id));
    await keys.close();
    const rotated = await embeddedKeys({ dataDir, masterKey: masterKey.slice(), previous: previous.slice() });
    for (const bytes of wrapped) expect(anyPieceOf(bytes, dataDir)).toBe(false);
    await rotated.close();
    await expect(embeddedKeys({ dataDir, masterKey: previous.slice() })).rejects.toThrow(WrongMasterKey);
    await expect(
      embeddedKeys({ dataDir, masterKey: newMasterKey(), previous: previous.slice() }),
    ).rejects.toThrow(WrongMasterKey);
  });

  it('are refused when they cannot be opened', async () => {
    const dataDir = join(freshDirectory(), 'absent');
    await expect(embeddedKeys({ dataDir, masterKey: newMasterKey() })).rejects.toThrow(KeysFailed);
  });

  it('are refused with the reason when they are found damaged at the start', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    const keys = await embeddedKeys({ dataDir, masterKey: masterKey.slice() });
    await keys.reserve();
    await keys.close();
    truncateSync(join(dataDir, 'keys.db'), 6000);
    const opening = embeddedKeys({ dataDir, masterKey });
    await expect(opening).rejects.toThrow(KeysFailed);
    await expect(opening).rejects.toThrow('keys.db: database disk image is malformed');
  });

  const damageSecrets = (dataDir: string): void => {
    const other = new DatabaseSync(join(dataDir, 'keys.db'), { defensive: false });
    other.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x' WHERE name = 'secrets'");
    other.exec('PRAGMA schema_version = 1000');
    other.close();
  };

  it('stop being used, with one report, once they are found damaged', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    const failures: Error[] = [];
    const keys = await embeddedKeys({ dataDir, masterKey, onFailure: (error) => failures.push(error) });
    const id = await keys.reserve();
    damageSecrets(dataDir);
    await expect(keys.secret('s')).rejects.toThrow(KeysFailed);
    await expect(keys.secret('s')).rejects.toThrow(KeysFailed);
    expect(failures).toHaveLength(1);
    expect(await keys.open(await keys.seal(id, 'c', Buffer.from('x')), 'c')).not.toBe('erased');
    await keys.close();
  });

  it('say so, and report nothing, where they are found damaged while they are closed', async () => {
    const dataDir = freshDirectory();
    const failures: Error[] = [];
    const onFailure = (error: Error): void => void failures.push(error);
    const keys = await embeddedKeys({ dataDir, masterKey: newMasterKey(), onFailure });
    await keys.reserve();
    damageSecrets(dataDir);
    const ends = await Promise.allSettled([keys.secret('s'), keys.close()]);
    const haveFailed = ends.map((end) => end.status === 'rejected' && end.reason instanceof KeysFailed);
    expect(haveFailed).toEqual([true, true]);
    expect(failures).toEqual([]);
  });

  it('give no key twice after the process was killed, and open what it sealed', async () => {
    const [dataDir, masterKey] = [freshDirectory(), newMasterKey()];
    const program = join(import.meta.dirname, '../support/keys-process.ts');
    const child = spawn(process.execPath, [program, dataDir, Buffer.from(masterKey).toString('hex')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = String(await once(createInterface(child.stdout), 'line'));
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const report = z.object({ ids: z.array(keyId), boxes: z.array(sealed) });
    const { ids, boxes } = report.parse(JSON.parse(line));

    const keys = await embeddedKeys({ dataDir, masterKey });
    const next = await Promise.all(Array.from({ length: 1200 }, async () => keys.reserve()));
    expect(ids).toHaveLength(700);
    expect(new Set([...ids, ...next]).size).toBe(1900);
    for (const box of boxes) {
      expect(await keys.open(box, 'c')).toEqual(new Uint8Array(Buffer.from('before the kill')));
    }
    await keys.close();
  });
});
