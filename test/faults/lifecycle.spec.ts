// How a process ends, told by its exit code.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../support/lifecycle-process.ts', import.meta.url));

/** A real process; its output is gathered until it ends. */
const run = (behaviour: string) => {
  const child = spawn(process.execPath, [SCRIPT, behaviour], { env: {} });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const gather = (chunk: Buffer): void => {
    output += chunk.toString();
    child.emit('printed');
  };
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const ended = new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      child.on('printed', look);
      look();
    });
  return { signal: (signal: 'SIGTERM' | 'SIGINT') => void child.kill(signal), ended, said };
};

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('finishes and exits 0 on %s', async (signal) => {
    const process = run('serve');
    await process.said('started on');
    process.signal(signal);
    const { code, output } = await process.ended;
    expect([code, output]).toEqual([0, expect.stringContaining('closed cleanly')]);
  });

  it('exits at once on a second signal', async () => {
    const process = run('hang');
    await process.said('started on');
    process.signal('SIGTERM');
    await process.said('finishing');
    process.signal('SIGTERM');
    expect((await process.ended).code).toBe(70);
  });

  it.each([
    ['an error nobody handled (F-P-12)', 'reject', 70, 'unhandled rejection'],
    ['an exception nobody caught', 'throw', 70, 'uncaught exception'],
    ['a defect it found itself', 'defect', 70, 'a defect'],
    ['a disk that cannot be trusted any more (F-S-03)', 'disk', 74, 'a failed fsync'],
  ])('tells of %s once, closes, and ends with the code for it', async (_what, behaviour, code, message) => {
    const ended = await run(behaviour).ended;
    expect(ended.code).toBe(code);
    expect(ended.output.split(message)).toHaveLength(2);
    expect(ended.output).toContain('closed cleanly');
  });

  it.each([
    ['DataDirLocked', 75],
    ['EACCES', 74],
    ['WrongMasterKey', 78],
    ['Error', 70],
  ])('that cannot start because of %s exits %i and says why', async (behaviour, code) => {
    const ended = await run(behaviour).ended;
    expect([ended.code, ended.output]).toEqual([code, expect.stringContaining('cannot start: because')]);
  });
});
