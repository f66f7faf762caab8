import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../disk/error-code.ts';

/**
 * A directory for this process below one that several may share. What processes have left there that are gone is
 * removed. The directory itself is made by who first writes into it.
 */
export const ownDirectory = (shared: string): string => {
  for (const name of namesIn(shared))
    if (Number(name) === process.pid || !isAlive(Number(name)))
      rmSync(join(shared, name), { recursive: true, force: true });
  return join(shared, String(process.pid));
};

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
};

const isAlive = (pid: number): boolean => {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process: it is there.
    return codeOf(error) === 'EPERM';
  }
};
