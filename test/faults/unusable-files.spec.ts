import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
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
      expect([exitCode, output]).toEqual([74, `Skald cannot start: ${path} is no directory\n`]);
    }
  });
});
