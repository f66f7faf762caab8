import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../support/lifecycle-process.ts', import.meta.url));
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A real process; its output is gathered until it ends. */
const run = (file: string, behaviour: string, env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [file, behaviour], { env: { PATH: process.env['PATH'], ...env } });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const started = Promise.withResolvers<undefined>();
  const gather = (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('started on')) started.resolve(undefined);
    child.emit('output');
  };
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (output.includes(text)) resolve();
      };
      child.on('output', look);
      look();
    });
  return { child, started: started.promise, ended, said };
};

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('finishes and exits 0 on %s', async (signal) => {
    const { child, started, ended } = run(script, 'serve');
    await started;
    child.kill(signal);
    const { code, output } = await ended;
    expect([code, output]).toEqual([0, expect.stringContaining('closed cleanly')]);
  });

  it('exits at once on a second signal', async () => {
    const { child, started, ended, said } = run(script, 'hang');
    await started;
    child.kill('SIGTERM');
    await said('finishing');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(70);
  });

  it.each([
    ['reject', 'unhandled rejection'],
    ['throw', 'uncaught exception'],
  ])(
    'exits 70 after an error nobody handled (%s), having closed and told it once',
    async (behaviour, message) => {
      const { ended } = run(script, behaviour);
      const { code, output } = await ended;
      expect(code).toBe(70);
      expect(output.split(message)).toHaveLength(2);
      expect(output).toContain('closed cleanly');
    },
  );

  it.each([
    ['DataDirLocked', 75],
    ['EACCES', 74],
    ['WrongMasterKey', 78],
    ['Error', 70],
  ])('that cannot start because of %s exits %i and says why', async (behaviour, code) => {
    const result = await run(script, behaviour).ended;
    expect([result.code, result.output]).toEqual([code, expect.stringContaining('cannot start: because')]);
  });

  it('with wrong settings exits 78 and names each', async () => {
    const { code, output } = await run(main, '', { HOST: '0.0.0.0', PORT: 'x', MASTER_KEY: 'hunter2' }).ended;
    expect(code).toBe(78);
    for (const name of ['HOST', 'PORT', 'MASTER_KEY']) expect(output).toContain(name);
    expect(output).not.toContain('hunter2');
  });
});
