import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from './error-code.ts';

/**
 * Makes a directory and what is missing above it, for its owner only unless `mode` says otherwise. Level by level: where
 * the kernel makes none (/proc), Node's own `recursive` never comes back.
 */
export const makeDirectory = (path: string, mode = 0o700): void => {
  const wanted = resolve(path);
  const levels = [wanted];
  for (let above = dirname(wanted); !existsSync(above); above = dirname(above)) levels.unshift(above);
  for (const level of levels) makeLevel(level, mode);
};

const makeLevel = (path: string, mode: number): void => {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // There already, or made by another process in between.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if (codeOf(error) !== 'EEXIST') throw error;
    throw Object.assign(new Error(`${path} is no directory`, { cause: error }), { code: 'ENOTDIR' });
  }
};
