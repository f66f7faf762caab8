import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSnapshots } from '../../src/infra/snapshots/files.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const snapshot = { position: '1'.repeat(40), body: { runs: ['a', 'b'] } };

const saved = async () => {
  const dataDir = freshDirectory();
  const snapshots = fileSnapshots({ dataDir, logId: 'log-1' });
  await snapshots.save('open-runs', snapshot);
  const directory = join(dataDir, 'snapshots');
  return { dataDir, snapshots, directory, path: join(directory, 'open-runs.json') };
};

describe('a snapshot in a file', () => {
  it('is what was saved last, and nothing is left beside it', async () => {
    const { snapshots, directory } = await saved();
    const later = { position: '2'.repeat(40), body: { runs: [] } };
    await snapshots.save('open-runs', later);
    expect(await snapshots.load('open-runs')).toMatchObject(later);
    expect(readdirSync(directory)).toEqual(['open-runs.json']);
  });

  it('is not there before it was saved', async () => {
    const snapshots = fileSnapshots({ dataDir: freshDirectory(), logId: 'log-1' });
    expect(await snapshots.load('open-runs')).toBeUndefined();
  });

  it('of another log is none', async () => {
    const { dataDir } = await saved();
    expect(await fileSnapshots({ dataDir, logId: 'log-2' }).load('open-runs')).toBeUndefined();
  });

  it.each([
    ['cut short', (path: string) => truncateSync(path, 90)],
    ['empty', (path: string) => truncateSync(path, 0)],
    ['altered', (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('"a"', '"c"'))],
  ])('that is %s is none', async (_how, damage) => {
    const { snapshots, path } = await saved();
    damage(path);
    expect(await snapshots.load('open-runs')).toBeUndefined();
  });
});
