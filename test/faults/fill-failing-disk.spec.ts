// A disk that does not take what was filled without waiting for it (ADR 37): put there from outside, by strace.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openSoundReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { entries } from '../support/read-documents.ts';
import { cannotTrace } from '../support/trace-disk.ts';

const SCRIPT = fileURLToPath(new URL('../support/fill-lazily-process.ts', import.meta.url));
const [GENERATIONS, BATCHES, SIZE] = ['1', '20', '25'];

/** A fill whose flushes of one file fail. What it said to be served, and how it ended. */
const filledUnder = async (dataDir: string, file: string, when: string) => {
  const fault = ['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:error=EIO:when=${when}`];
  const traced = ['-f', '-qq', '-o', '/dev/null', '-P', join(dataDir, file), ...fault];
  const given = [SCRIPT, dataDir, GENERATIONS, BATCHES, SIZE, 'unsynced'];
  const child = spawn('strace', [...traced, process.execPath, ...given], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  return { said: await text(child.stdout), code: (await ended)[0] as unknown };
};

describe.skipIf(cannotTrace)(
  'read models filled on a disk that does not take them',
  { timeout: 60_000 },
  () => {
    it('are not served, and dropped by the next start', async () => {
      const dataDir = freshDirectory();
      // The first one makes the file.
      expect(await filledUnder(dataDir, 'read.db', '2+')).toEqual({ said: '', code: 1 });
      expect(existsSync(join(dataDir, 'read.db.unsynced'))).toBe(true);
      const { db, recreated } = openSoundReadFile(join(dataDir, 'read.db'));
      expect([recreated, operationsOn(db).generations(entries.name).live]).toEqual(['unfinished', null]);
      db.close();
    });

    it('are not served after one flush that failed, whatever a later one says', async () => {
      const dataDir = freshDirectory();
      expect(await filledUnder(dataDir, 'read.db', '2')).toEqual({ said: '', code: 1 });
      expect(existsSync(join(dataDir, 'read.db.unsynced'))).toBe(true);
    });

    it('wait for it where it cannot be said that they do not', async () => {
      const dataDir = freshDirectory();
      expect(await filledUnder(dataDir, 'read.db.unsynced', '1')).toEqual({ said: '', code: 1 });
      expect(existsSync(join(dataDir, 'read.db.unsynced'))).toBe(false);
    });
  },
);
