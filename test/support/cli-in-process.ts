import { runCli } from '../../src/infra/cli/program.ts';
import type { Io } from '../../src/infra/cli/io.ts';
import { systemClock } from '../../src/infra/clock/system.ts';
import { parseStrictJson } from '../../src/infra/strict-input/strict-json.ts';

type Terminal = {
  /** What the user answers; undefined: nobody is there. */
  readonly answer?: boolean;
  readonly url?: string;
};

/** The command line in this process, at a terminal that remembers what was written and asked. */
export const runInProcess = async (argv: readonly string[], { answer, url }: Terminal = {}) => {
  const written = { stdout: '', stderr: '' };
  const asked: string[] = [];
  const statuses: string[] = [];
  const io: Io = {
    out: (text) => {
      written.stdout += text;
      return Promise.resolve();
    },
    say: (line) => {
      written.stderr += `${line}\n`;
    },
    status: (text) => void statuses.push(text),
    confirm: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  };
  const exitCode = await runCli(
    {
      io,
      clock: systemClock(),
      version: '0.0.0',
      defaults: { url: url ?? 'http://127.0.0.1:1', dataDir: '.' },
      serve: () => Promise.reject(new Error('no server is started here')),
      chain: { zero: '', hash: () => '' },
      strictJson: parseStrictJson,
      localLog: { open: () => ({ kind: 'absent' }) },
      backups: { make: noBackups, restore: noBackups },
    },
    argv,
  );
  return { exitCode, asked, statuses, ...written };
};

const noBackups = () => Promise.reject(new Error('nothing is backed up here'));
