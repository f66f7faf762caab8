// The quick start of README.md, run as it stands there.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inspect, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { EXIT } from '../../src/infra/process/exit-codes.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const QUICK_START = /^## Quick start$(.*?)^## /ms.exec(README)?.[1] ?? '';

const run = promisify(execFile);
const ANY = '…';
const BETWEEN = '---- next block ----';

const blocks = [...QUICK_START.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text = '']) => ({
  language,
  text,
}));
/** Each command with the answers that are printed below it. */
const commands = blocks.flatMap(({ language, text }, index) => {
  if (language !== 'bash') return [];
  const next = blocks[index + 1];
  return [{ text, answers: next?.language === 'json' ? jsonValues(next.text) : [] }];
});

/** JSON documents one after the other: each ends with the line that completes it. */
function jsonValues(text: string): readonly unknown[] {
  const values: unknown[] = [];
  let pending = '';
  for (const line of text.trim().split('\n')) {
    pending += line;
    const value = parsed(pending);
    if (value === undefined) continue;
    values.push(value);
    pending = '';
  }
  if (pending !== '') throw new Error(`not JSON: ${pending}`);
  return values;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What was answered, with everything the README leaves open replaced by its mark. */
const asDocumented = (documented: unknown, found: unknown): unknown => {
  if (typeof documented === 'string' && typeof found === 'string')
    return matches(documented, found) ? documented : found;
  if (Array.isArray(documented) && Array.isArray(found))
    return found.map((each, index) => asDocumented(documented[index], each));
  return isRecord(documented) && isRecord(found) ? fieldsAsDocumented(documented, found) : found;
};

const matches = (documented: string, found: string): boolean => {
  const literal = documented.split(ANY).map((part) => part.replaceAll(/[^\w ]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.+')}$`, 's').test(found);
};

const fieldsAsDocumented = (documented: Fields, found: Fields): Fields => {
  const isPartial = ANY in documented;
  const names = Object.keys(isPartial ? documented : found).filter((name) => name in found);
  const fields = names.map((name): [string, unknown] => [name, asDocumented(documented[name], found[name])]);
  return { ...Object.fromEntries(fields), ...(isPartial ? { [ANY]: ANY } : {}) };
};

type Fields = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const requireTool = async (tool: string): Promise<void> => {
  await run(tool, ['--version']).catch(() => {
    throw new Error(`the quick start needs ${tool}: install it to run this test`);
  });
};

describe('the quick start of the README', () => {
  it('works as it stands, and is answered as it says', { timeout: 60_000 }, async () => {
    await requireTool('bash');
    await requireTool('curl');
    expect(commands.length).toBeGreaterThan(8);
    const { address } = await startSkald(freshDirectory());
    const script = commands.map(({ text }) => text).join(`\necho; echo '${BETWEEN}'\n`);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      env: { PATH: process.env['PATH'], SKALD: address },
    });
    const outputs = stdout.split(BETWEEN);
    expect(outputs).toHaveLength(commands.length);
    commands.forEach(({ text, answers }, index) => {
      const found = jsonValues(outputs[index] ?? '');
      expect(asDocumented(answers, found), text).toEqual(answers);
    });
  });
});

describe('the tables of the README', () => {
  const rowsOf = (title: string): readonly (readonly string[])[] => {
    const [, table = ''] = README.split(`| ${title} |`);
    const rows = /^.*?\n\|-.*?\n(.*?)\n\n/s.exec(table)?.[1] ?? '';
    return rows.split('\n').map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  };

  // Those of servers stand in docs/operations.md, and are compared there.
  it('list settings with the defaults they have', () => {
    const loaded = loadConfig({});
    const defaults = new Map(loaded.kind === 'ok' ? Object.entries(loaded.config) : []);
    const documented = rowsOf('Variable').filter(([name = '']) => defaults.has(name));
    expect(documented.length).toBeGreaterThan(10);
    for (const [name = '', value] of documented)
      expect([name, value]).toEqual([name, inspect(defaults.get(name)).replaceAll("'", '')]);
  });

  it('list every exit code', () => {
    expect(rowsOf('Exit code').map(([code]) => Number(code))).toEqual(Object.values(EXIT));
  });
});
