import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrace, TRACED } from './disk-trace.ts';
import type { DiskTrace } from './disk-trace.ts';
import { freshDirectory } from './fresh-directory.ts';

/** Whether there is no strace that could do it. */
export const cannotTrace =
  spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', '-e', 'trace=none', 'true']).status !== 0;

/** What a process does to its data directory, which is its first argument, call by call. Its input stays open. */
export const traceOne = async (script: string, given: readonly string[]): Promise<DiskTrace> => {
  const [dataDir, trace] = [freshDirectory(), join(freshDirectory(), 'trace')];
  const traced = [process.execPath, script, dataDir, ...given];
  const child = spawn('strace', [...TRACED, '-o', trace, ...traced], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${script} ended with ${String(child.exitCode)}`);
  return readTrace(readFileSync(trace, 'utf8'), dataDir);
};
