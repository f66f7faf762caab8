import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliWorld } from '../support/cli-world.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

describe('skald audit export --category', () => {
  it('makes no bundle of a category that has no stream, and an empty one of an empty time', async () => {
    const { skald, completed } = await cliWorld();
    await completed();
    const directory = freshDirectory();
    const out = (name: string) => join(directory, name);
    const mistyped = await skald('audit', 'export', '--category', 'sagas', '--out', out('a'));
    expect(mistyped).toMatchObject({ exitCode: 3, stdout: '' });
    expect(mistyped.stderr).toContain('No stream of this category: sagas');
    expect(existsSync(out('a'))).toBe(false);
    const early = ['--to', '2001-01-01T00:00:00Z'];
    const empty = await skald('audit', 'export', '--category', 'saga', ...early, '--out', out('b'));
    expect(empty).toMatchObject({ exitCode: 0 });
    expect(existsSync(out('b'))).toBe(true);
  }, 60_000);
});
