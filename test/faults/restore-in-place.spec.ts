import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { runCli } from '../support/skald-cli.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';

// Server processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MASTER_KEY = 'ab'.repeat(32);

const backedUp = async () => {
  const [dataDir, backup] = [freshDirectory(), join(freshDirectory(), 'backup')];
  const server = await startSkald(dataDir, { MASTER_KEY });
  expect(await server.stop()).toBe(0);
  expect(await runCli(['backup', backup, '--data-dir', dataDir])).toMatchObject({ exitCode: 0 });
  return backup;
};

it('restores into the directory that is there, as a mount or a link needs it', async () => {
  const backup = await backedUp();
  const above = freshDirectory();
  const [volume, link] = [join(above, 'volume'), join(above, 'link')];
  mkdirSync(join(volume, 'lost+found'), { recursive: true });
  symlinkSync(volume, link);
  const { ino } = statSync(volume);
  expect(await runCli(['restore', backup, '--data-dir', link])).toMatchObject({ exitCode: 0 });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(volume).ino).toBe(ino);
  expect(readdirSync(above).sort()).toEqual(['link', 'volume']);
  const held = readdirSync(volume).filter((name) => !/-(?:wal|shm)$/.test(name));
  expect(held.sort()).toEqual(['bus.db', 'keys.db', 'log.db', 'lost+found']);
  const server = await startSkald(link, { MASTER_KEY });
  expect(await server.stop()).toBe(0);
});

it('starts no server on a restore that was cut off, and restores nothing over it', async () => {
  const backup = await backedUp();
  const dataDir = freshDirectory();
  mkdirSync(join(dataDir, '.restoring'));
  writeFileSync(join(dataDir, 'keys.db'), readFileSync(join(backup, 'keys.db')));
  const { exitCode, output } = await refusedStart({ DATA_DIR: dataDir, MASTER_KEY });
  expect(exitCode).toBe(74);
  expect(output).toContain(`a restore into ${dataDir} is under way or was cut off`);
  expect(existsSync(join(dataDir, 'log.db'))).toBe(false);
  const again = await runCli(['restore', backup, '--data-dir', dataDir]);
  expect(again.exitCode).toBe(4);
  expect(again.stderr).toContain('was cut off: empty it first');
  // Cut off while files were moved: what is there is no whole.
  writeFileSync(join(dataDir, 'log.db'), readFileSync(join(backup, 'log.db')));
  const copy = await runCli(['backup', join(freshDirectory(), 'copy'), '--data-dir', dataDir]);
  expect(copy).toMatchObject({ exitCode: 4 });
  expect(copy.stderr).toContain('was cut off');
});
