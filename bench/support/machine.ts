import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FSYNC_MS = 1000;
const PAGE = Buffer.alloc(4096, 1);

/** Milliseconds of one 4 KiB write with its fsync in that directory: what no durable commit can beat. */
export const fsyncMs = (directory: string): number => {
  const file = openSync(join(directory, 'fsync'), 'w');
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < FSYNC_MS; count += 1) {
    writeSync(file, PAGE);
    fsyncSync(file);
  }
  const elapsed = performance.now() - start;
  closeSync(file);
  return elapsed / count;
};

/** CPU seconds a process has used so far, from the kernel; undefined where there is no /proc. */
export const cpuSeconds = (pid: number): number | undefined => {
  const path = `/proc/${String(pid)}/stat`;
  if (!existsSync(path)) return undefined;
  // The name, in parentheses, may hold blanks: count from behind it. utime and stime are fields 14 and 15.
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
};
