import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownDirectory } from '../../../src/infra/past-stores/own-directory.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

it('is named after the process, and not made where there is nothing yet', () => {
  const shared = join(freshDirectory(), 'as-of');
  expect(ownDirectory(shared)).toBe(join(shared, String(process.pid)));
  expect(existsSync(shared)).toBe(false);
});

it('removes what processes have left that are gone, and nothing of those that run', () => {
  const shared = freshDirectory();
  const gone = String(spawnSync(process.execPath, ['-e', '']).pid);
  for (const name of [gone, String(process.pid), String(process.ppid), 'notes', '-1']) {
    mkdirSync(join(shared, name));
    writeFileSync(join(shared, name, 'read.db'), '');
  }
  ownDirectory(shared);
  expect(readdirSync(shared)).toEqual([String(process.ppid)]);
});
