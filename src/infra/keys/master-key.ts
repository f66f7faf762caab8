import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../disk/error-code.ts';
import { syncDirectory } from '../disk/sync-directory.ts';
import { KEY_BYTES } from './cipher.ts';

export type MasterKey = {
  readonly key: Uint8Array;
  /** `created`: made just now in the data directory; `data-dir`: found there. */
  readonly source: 'setting' | 'file' | 'data-dir' | 'created';
  /** The one before it: what it wraps is to be wrapped anew. */
  readonly previous?: Uint8Array;
};

export type MasterKeyOptions = {
  readonly dataDir: string;
  /** `MASTER_KEY`: 64 hexadecimal digits. */
  readonly hex?: string | undefined;
  /** `MASTER_KEY_FILE`: a file with 64 hexadecimal digits. */
  readonly file?: string | undefined;
  /** `MASTER_KEY_PREVIOUS` and `MASTER_KEY_PREVIOUS_FILE`: the key that what is kept was wrapped by until now. */
  readonly previousHex?: string | undefined;
  readonly previousFile?: string | undefined;
  /** May the key be made and kept in the data directory, beside what it protects? */
  readonly allowDataDir: boolean;
};

/** The message names the setting to correct and never shows any part of a key. */
export class MasterKeyInvalid extends Error {
  override readonly name = 'MasterKeyInvalid';
}

const HEX_KEY = /^[0-9a-fA-F]{64}$/;

/** Finds the 32-byte key that wraps all others, and the one before it. @throws MasterKeyInvalid */
export const resolveMasterKey = (options: MasterKeyOptions): MasterKey => {
  const { previousHex, previousFile } = options;
  const previous = given('MASTER_KEY_PREVIOUS', previousHex, previousFile);
  const found = currentKey(options, previous !== undefined);
  return previous === undefined ? found : { ...found, previous };
};

const currentKey = (options: MasterKeyOptions, isRotating: boolean): MasterKey => {
  const { hex, file, dataDir, allowDataDir } = options;
  const key = given('MASTER_KEY', hex, file);
  if (key !== undefined) return { key, source: hex === undefined ? 'file' : 'setting' };
  if (!allowDataDir) throw new MasterKeyInvalid('set MASTER_KEY (64 hexadecimal digits) or MASTER_KEY_FILE');
  return keptIn(dataDir, isRotating);
};

const given = (
  setting: string,
  hex: string | undefined,
  file: string | undefined,
): Uint8Array | undefined => {
  if (hex !== undefined && file !== undefined)
    throw new MasterKeyInvalid(`${setting} and ${setting}_FILE are both set: keep one`);
  if (hex !== undefined) return fromHex(hex, setting);
  return file === undefined ? undefined : fromFile(file, `${setting}_FILE`);
};

const fromHex = (text: string, setting: string): Uint8Array => {
  if (!HEX_KEY.test(text)) throw new MasterKeyInvalid(`${setting} must hold exactly 64 hexadecimal digits`);
  return new Uint8Array(Buffer.from(text, 'hex'));
};

const fromFile = (path: string, setting: string): Uint8Array => fromHex(read(path, setting).trim(), setting);

const read = (path: string, setting: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const what = setting === path ? path : `${setting}: ${path}`;
    throw new MasterKeyInvalid(`${what} cannot be read (${String(codeOf(cause))})`, { cause });
  }
};

/** Where the key before it is given, a lost one is made anew: nothing is lost with it. */
const keptIn = (dataDir: string, isRotating: boolean): MasterKey => {
  const path = join(dataDir, 'master.key');
  if (existsSync(path)) return { key: fromFile(path, path), source: 'data-dir' };
  if (!isRotating && existsSync(join(dataDir, 'keys.db'))) {
    throw new MasterKeyInvalid(`${path} is missing but keys.db exists: restore it, or set MASTER_KEY`);
  }
  const isMine = create(path, randomBytes(KEY_BYTES).toString('hex'));
  syncDirectory(dataDir);
  return { key: fromFile(path, path), source: isMine ? 'created' : 'data-dir' };
};

/** The name appears only once the content is durable; false when somebody else was first. */
const create = (path: string, hex: string): boolean => {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, `${hex}\n`, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};
