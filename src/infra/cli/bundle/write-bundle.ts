import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { notMade } from '../errors.ts';
import type { BundleLine } from './lines.ts';

export type WriteLine = (line: Exclude<BundleLine, { kind: 'trailer' }>) => Promise<void>;

/**
 * Writes a new file, compressed where its name ends in `.gz`. What was begun and not finished is taken away again.
 * @throws CliError where there is a file already.
 */
export const writeBundle = async (
  path: string,
  fill: (write: WriteLine) => Promise<Omit<Extract<BundleLine, { kind: 'trailer' }>, 'sha256'>>,
): Promise<void> => {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await once(file, 'open').catch((error: unknown) => {
    throw notMade('no bundle was made', error);
  });
  const zip = path.endsWith('.gz') ? createGzip() : undefined;
  zip?.pipe(file);
  const out = zip ?? file;
  const hash = createHash('sha256');
  const write = async (line: object): Promise<void> => {
    const text = `${JSON.stringify(line)}\n`;
    hash.update(text);
    if (!out.write(text)) await once(out, 'drain');
  };
  try {
    const trailer = await fill(write);
    await write({ ...trailer, sha256: hash.copy().digest('hex') });
    out.end();
    await finished(file);
  } catch (error) {
    out.destroy();
    file.destroy();
    await rm(path, { force: true });
    throw error;
  }
};
