import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../../support/cli-in-process.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

const written = (file: string, text: string): string => {
  const path = join(freshDirectory(), file);
  writeFileSync(path, text);
  return path;
};

describe('skald what-if', () => {
  it.each([
    ['which runs', ['--definition', () => written('a.json', '{}')]],
    [
      "'--saga <flowId>' cannot be used with option '--all'",
      ['--all', '--saga', 'x', '--definition', () => 'a'],
    ],
    ["required option '--definition <file>'", ['--all']],
    ['cannot read nowhere.json', ['--all', '--definition', () => 'nowhere.json']],
    ['is neither JSON nor YAML', ['--all', '--definition', () => written('a.yaml', 'steps: [{}')]],
    ['is neither JSON nor YAML', ['--all', '--definition', () => written('a.yaml', 'as: a\nas: b')]],
    ['holds no registration', ['--all', '--definition', () => written('a.json', '[]')]],
    ['holds no registration', ['--all', '--definition', () => written('a.json', '')]],
  ])('exits 2 and says: %s', async (says, args) => {
    const given = args.map((arg) => (typeof arg === 'string' ? arg : arg()));
    const { exitCode, stdout, stderr } = await runInProcess(['what-if', ...given]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});
