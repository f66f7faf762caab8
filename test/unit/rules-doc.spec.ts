// docs/rules.md explains each rule and decision that the code names.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tableRows } from '../support/markdown-table.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const DOC = read('docs/rules.md');
const OWN = /rules(?:-doc\.spec\.ts|\.md)$/;

const named = (pattern: RegExp): readonly string[] => {
  const files = globSync(['{src,test,bench}/**/*.ts', 'sdk/{src,simulator}/**/*.ts', 'docs/**/*.md'], {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules') || OWN.test(path),
  });
  const found = files.flatMap((path) => [...read(path).matchAll(pattern)].map(([, name = '']) => name));
  return [...new Set(found)];
};

describe('docs/rules.md', () => {
  it.each([
    { title: 'Rule', pattern: /\b(R-[0-9]{2})\b/g },
    { title: 'Decision', pattern: /\bdecision ([0-9]+)\b/g },
  ])('has every $title that code and documents name', ({ title, pattern }) => {
    const explained = tableRows(DOC, title).map(([name = '']) => name);
    expect(named(pattern).length).toBeGreaterThan(5);
    expect(named(pattern).filter((name) => !explained.includes(name))).toEqual([]);
  });
});
