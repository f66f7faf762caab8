import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Brings to the disk which files a directory has. @throws what the disk throws */
export const syncDirectory = (path: string): void => {
  // Windows cannot open a directory; its file systems journal the entry themselves.
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};
