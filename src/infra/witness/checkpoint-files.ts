import { readFileSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedCheckpoint } from '../../domain/checkpoint.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import type { CheckpointOutlet } from './port.ts';

const DIGITS = 8;
const FOR_ALL_TO_READ = 0o755;

/** There is another checkpoint of this number: two logs, or one that was changed. */
class CheckpointDiffers extends Error {
  override readonly name = 'CheckpointDiffers';
}

const fileOf = ({ number }: Pick<SignedCheckpoint, 'number'>): string =>
  `checkpoint-${String(number).padStart(DIGITS, '0')}.json`;

/** One file for each checkpoint, whole or not there, never written over. @throws what the disk throws. */
export const checkpointFiles = (directory: string): CheckpointOutlet => {
  makeDirectory(directory, FOR_ALL_TO_READ);
  return async (checkpoint) => {
    const path = join(directory, fileOf(checkpoint));
    const text = `${JSON.stringify(checkpoint, null, 2)}\n`;
    const part = `${path}.${checkpoint.heads}.part`;
    await rm(part, { force: true });
    await write(part, text);
    // A link in place of a rename: what is there stays there.
    const isThere = await link(part, path).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return true;
        throw error;
      },
    );
    await rm(part, { force: true });
    if (isThere && readFileSync(path, 'utf8') !== text)
      throw new CheckpointDiffers(`${path} holds another checkpoint; it is left as it is`);
  };
};

const write = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'wx', 0o444);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
};
