import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, vi } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';

// Server processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

it('refuses to start on a bus.db of a newer version, or one that is none', async () => {
  const dataDir = freshDirectory();
  const first = await startSkald(dataDir);
  expect(await first.stop()).toBe(0);
  const path = join(dataDir, 'bus.db');
  const db = new DatabaseSync(path);
  db.exec("UPDATE meta SET value = '99' WHERE key = 'layout'");
  db.close();
  const newer = await refusedStart({ DATA_DIR: dataDir });
  expect(newer.exitCode).toBe(78);
  expect(newer.output).toContain('bus.db has layout 99, this version knows layouts up to');

  writeFileSync(path, 'no database at all'.repeat(500));
  expect(await refusedStart({ DATA_DIR: dataDir })).toMatchObject({ exitCode: 74 });
});

it('refuses to start on a log.db of a newer version (F-S-08)', async () => {
  const dataDir = freshDirectory();
  await (await embeddedEventStore({ dataDir })).close();
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.exec("UPDATE meta SET value = '99' WHERE key = 'layout'");
  db.close();
  const newer = await refusedStart({ DATA_DIR: dataDir });
  expect(newer.exitCode).toBe(78);
  expect(newer.output).toContain('the log has layout 99, this version knows layouts up to');
});
