import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { makeDirectory } from '../disk/make-directory.ts';

type KeyPairFiles = {
  /** Only its owner can read it. */
  readonly privateKey: string;
  readonly publicKey: string;
};

/**
 * Writes both halves into a directory, `<name>.pem` and `<name>.pub.pem`; neither where one of them is there: two that do
 * not belong together are worse than none.
 * @throws what the disk throws.
 */
export const writeKeyPair = (
  directory: string,
  name: string,
  pair: Pick<KeyPairKeyObjectResult, 'privateKey' | 'publicKey'>,
): KeyPairFiles => {
  const privateKey = join(directory, `${name}.pem`);
  const publicKey = join(directory, `${name}.pub.pem`);
  makeDirectory(directory);
  writeNew(privateKey, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    writeNew(publicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  } catch (error) {
    rmSync(privateKey, { force: true });
    throw error;
  }
  return { privateKey, publicKey };
};

const writeNew = (path: string, text: string | Buffer, mode: number): void => {
  writeFileSync(path, text, { flag: 'wx', mode });
};
