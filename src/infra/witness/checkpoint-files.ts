import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedCheckpoint } from '../../domain/checkpoint.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import { makeWholeFile } from '../disk/make-whole-file.ts';
import type { CheckpointOutlet } from './port.ts';

const DIGITS = 8;
const FOR_ALL_TO_LIST = 0o755;
const FOR_ALL_TO_READ = 0o444;

/** There is another checkpoint of this number: two logs, or one that was changed. */
class CheckpointDiffers extends Error {
  override readonly name = 'CheckpointDiffers';
}

const fileOf = ({ number }: Pick<SignedCheckpoint, 'number'>): string =>
  `checkpoint-${String(number).padStart(DIGITS, '0')}.json`;

/** One file for each checkpoint, whole or not there, never written over. @throws what the disk throws. */
export const checkpointFiles = (directory: string): CheckpointOutlet => {
  makeDirectory(directory, FOR_ALL_TO_LIST);
  return async (checkpoint) => {
    const path = join(directory, fileOf(checkpoint));
    const text = `${JSON.stringify(checkpoint, null, 2)}\n`;
    const part = `${path}.${checkpoint.heads}.part`;
    const isMade = await makeWholeFile(path, part, { content: text, mode: FOR_ALL_TO_READ });
    if (!isMade && readFileSync(path, 'utf8') !== text)
      throw new CheckpointDiffers(`${path} holds another checkpoint; it is left as it is`);
  };
};
