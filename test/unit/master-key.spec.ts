import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MasterKeyInvalid, resolveMasterKey } from '../../src/infra/keys/master-key.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const hex = randomBytes(32).toString('hex');
const bytes = new Uint8Array(Buffer.from(hex, 'hex'));

describe('master key', () => {
  it('takes the digits of the setting', () => {
    const found = resolveMasterKey({ dataDir: freshDirectory(), hex, allowDataDir: false });
    expect(found).toEqual({ key: bytes, source: 'setting' });
  });

  it('takes the digits of a file, with or without a line end', () => {
    const dataDir = freshDirectory();
    const file = join(dataDir, 'given');
    for (const content of [hex, `${hex.toUpperCase()}\n`]) {
      writeFileSync(file, content);
      expect(resolveMasterKey({ dataDir, file, allowDataDir: false })).toEqual({
        key: bytes,
        source: 'file',
      });
    }
  });

  it('names the setting that is wrong and does not repeat its content', () => {
    const dataDir = freshDirectory();
    const file = join(dataDir, 'short');
    writeFileSync(file, 'abc123');
    const failing = [
      [{ hex: `${hex}00` }, /^MASTER_KEY /],
      [{ hex: 'z'.repeat(64) }, /^MASTER_KEY /],
      [{ hex: '' }, /^MASTER_KEY /],
      [{ file }, /^MASTER_KEY_FILE /],
      [{ file: join(dataDir, 'absent') }, /^MASTER_KEY_FILE: .*absent cannot be read \(ENOENT\)$/],
      [{ hex, file }, /both/],
      [{}, /MASTER_KEY/],
    ] as const;
    for (const [settings, message] of failing) {
      const resolve = () => resolveMasterKey({ dataDir, allowDataDir: false, ...settings });
      expect(resolve).toThrow(MasterKeyInvalid);
      expect(resolve).toThrow(message);
      expect(resolve).not.toThrow(/abc123|zzz/);
    }
  });

  it('makes a key once in the data directory, readable by its owner only', () => {
    const dataDir = freshDirectory();
    const made = resolveMasterKey({ dataDir, allowDataDir: true });
    expect(made.source).toBe('created');
    expect(made.key).toHaveLength(32);
    expect(resolveMasterKey({ dataDir, allowDataDir: true })).toEqual({ key: made.key, source: 'data-dir' });
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dataDir, 'master.key'), 'utf8').trim()).toBe(
      Buffer.from(made.key).toString('hex'),
    );
  });

  it('finds the key before it, and says where that is wrong', () => {
    const dataDir = freshDirectory();
    const other = randomBytes(32).toString('hex');
    const previous = new Uint8Array(Buffer.from(other, 'hex'));
    const file = join(dataDir, 'previous');
    writeFileSync(file, other);
    for (const from of [{ previousHex: other }, { previousFile: file }])
      expect(resolveMasterKey({ dataDir, hex, allowDataDir: false, ...from })).toEqual({
        ...{ key: bytes, source: 'setting', previous },
      });
    for (const from of [{ previousHex: 'z' }, { previousFile: join(dataDir, 'absent') }])
      expect(() => resolveMasterKey({ dataDir, hex, allowDataDir: false, ...from })).toThrow(
        /^MASTER_KEY_PREVIOUS/,
      );
  });

  it('makes a new key in the data directory where the one before it is given', () => {
    const dataDir = freshDirectory();
    writeFileSync(join(dataDir, 'keys.db'), '');
    const made = resolveMasterKey({ dataDir, previousHex: hex, allowDataDir: true });
    expect(made).toMatchObject({ source: 'created', previous: bytes });
    expect(resolveMasterKey({ dataDir, allowDataDir: true })).toEqual({ key: made.key, source: 'data-dir' });
  });

  it('makes no new key beside keys that were wrapped by a lost one', () => {
    const dataDir = freshDirectory();
    resolveMasterKey({ dataDir, allowDataDir: true });
    writeFileSync(join(dataDir, 'keys.db'), '');
    rmSync(join(dataDir, 'master.key'));
    expect(() => resolveMasterKey({ dataDir, allowDataDir: true })).toThrow(/master\.key is missing/);
    expect(readdirSync(dataDir)).toEqual(['keys.db']);
  });
});
