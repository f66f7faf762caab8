import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { refusedStart } from '../support/skald-server.ts';

// Server processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('a start that meets a file it cannot use', () => {
  it.each(['lock.db', 'keys.db', 'log.db', 'bus.db'])('says that it is %s', async (name) => {
    const dataDir = freshDirectory();
    writeFileSync(join(dataDir, name), 'no database at all'.repeat(500));
    const settings = { DATA_DIR: dataDir, MASTER_KEY: 'ab'.repeat(32) };
    const { exitCode, output } = await refusedStart(settings);
    expect(exitCode).toBe(74);
    expect(output).toContain(`${join(dataDir, name)}: `);
  });

  it('says that the data directory is none', async () => {
    const directory = freshDirectory();
    const [file, link] = [join(directory, 'file'), join(directory, 'link')];
    writeFileSync(file, '');
    symlinkSync(join(directory, 'nowhere'), link);
    for (const path of [file, link]) {
      const { exitCode, output } = await refusedStart({ DATA_DIR: path });
      expect([exitCode, output]).toEqual([74, `Skald cannot start: DATA_DIR: ${path} is no directory\n`]);
    }
  });

  it('names the setting of a place that cannot be used', async () => {
    const directory = freshDirectory();
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const taken = await takenPort();
    const wrong = [
      [{ DATA_DIR: join(file, 'below') }, 'DATA_DIR: '],
      [{ CHECKPOINT_DIR: join(file, 'below') }, 'CHECKPOINT_DIR: '],
      [{ PORT: taken }, 'HOST and PORT: listen EADDRINUSE'],
      [{ METRICS_PORT: taken }, 'HOST and METRICS_PORT: listen EADDRINUSE'],
    ] as const;
    for (const [settings, text] of wrong) {
      const { exitCode, output } = await refusedStart({ DATA_DIR: join(directory, 'data'), ...settings });
      expect([exitCode, output]).toEqual([74, expect.stringContaining(`Skald cannot start: ${text}`)]);
    }
  });
});

const takenPort = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return address === null || typeof address === 'string' ? '' : String(address.port);
};
