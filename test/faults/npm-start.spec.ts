import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';

// Server processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

it('ends when npm that started it is told to, and leaves its data directory', async () => {
  const dataDir = freshDirectory();
  const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' };
  const npm = spawn('npm', ['start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  npm.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const ended = once(npm.stdout, 'close');
  await new Promise<void>((resolve) => {
    npm.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('serving on')) resolve();
    });
  });
  npm.kill('SIGTERM');
  // The server writes there too: the pipe closes when both are gone.
  await ended;
  expect(printed).toContain('npm has ended: finishing what is under way');
  const next = await startSkald(dataDir);
  expect(await next.stop()).toBe(0);
});
