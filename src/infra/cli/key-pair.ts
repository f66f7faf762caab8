import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { makeDirectory } from '../disk/make-directory.ts';
import { notMade } from './errors.ts';

export type KeyPairFiles = {
  /** Only its owner can read it. */
  readonly privateKey: string;
  readonly publicKey: string;
};

/**
 * Writes both halves into a directory, `<name>.pem` and `<name>.pub.pem`; neither where one of them is there: two that do
 * not belong together are worse than none. @throws CliError where that is so: no key is ever replaced.
 */
export const writeKeyPair = (
  directory: string,
  name: string,
  pair: Pick<KeyPairKeyObjectResult, 'privateKey' | 'publicKey'>,
): KeyPairFiles => {
  const files = { privateKey: join(directory, `${name}.pem`), publicKey: join(directory, `${name}.pub.pem`) };
  try {
    makeDirectory(directory);
    writeBoth(files, pair);
  } catch (error) {
    throw notMade(`no key was made in ${directory}`, error);
  }
  return files;
};

const writeBoth = (
  files: KeyPairFiles,
  pair: Pick<KeyPairKeyObjectResult, 'privateKey' | 'publicKey'>,
): void => {
  const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(files.privateKey, privatePem, { flag: 'wx', mode: 0o600 });
  try {
    const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' });
    writeFileSync(files.publicKey, publicPem, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    rmSync(files.privateKey, { force: true });
    throw error;
  }
};
