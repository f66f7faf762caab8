import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and what is missing above it, for its owner only. Level by level: where the kernel makes none
 * (/proc), Node's own `recursive` never comes back.
 */
export const makeDirectory = (path: string): void => {
  const wanted = resolve(path);
  const levels = [wanted];
  for (let above = dirname(wanted); !existsSync(above); above = dirname(above)) levels.unshift(above);
  levels.forEach(makeLevel);
};

const makeLevel = (path: string): void => {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // There already, or made by another process in between.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
};
