import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLI_EXIT, EXIT_CODES_TEXT, SERVE_EXIT_CODES_TEXT } from '../../../src/infra/cli/exit-codes.ts';
import { EXIT } from '../../../src/infra/process/exit-codes.ts';
import { runInProcess } from '../../support/cli-in-process.ts';

const DOCS = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const FLOW = '0198f3a0-2222-7abc-8def-000000000002';
const OTHER = '0198f3a0-2222-7abc-8def-000000000003';

/** The names that a help lists below `Commands:`, without aliases. */
const namesIn = (help: string): readonly string[] =>
  [...(help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
const helpOf = async (...command: readonly string[]) => (await runInProcess([...command, '--help'])).stdout;

/** Every command there is, as the helps tell. */
const COMMANDS: readonly string[] = (
  await Promise.all(
    namesIn(await helpOf()).map(async (name) => {
      const verbs = namesIn(await helpOf(name));
      return verbs.length === 0 ? [name] : verbs.map((verb) => `${name} ${verb}`);
    }),
  )
).flat();

describe('the help of the command line', () => {
  it.each(COMMANDS)('of %s has an example and the exit codes', async (command) => {
    const { exitCode, stdout, stderr } = await runInProcess([...command.split(' '), '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: skald ${command}`);
    expect(stdout).toContain(`Example:\n  $ skald ${command}`);
    expect(stdout).toContain(command === 'serve' ? SERVE_EXIT_CODES_TEXT : EXIT_CODES_TEXT);
    expect(stdout).toContain('--output <format>');
  });

  it.each(COMMANDS)('of %s says so where it asks, and takes --yes only there', async (command) => {
    const help = await helpOf(...command.split(' '));
    expect([command, help.includes('asks first')]).toEqual([command, help.includes('--yes ')]);
  });

  it('of serve has the codes that a server ends with, and no others', async () => {
    const { stdout } = await runInProcess(['serve', '--help']);
    const codes = [...stdout.matchAll(/^ {2,3}(\d+) {2}\S/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual([EXIT.ok, CLI_EXIT.usage, EXIT.internal, EXIT.io, EXIT.locked, EXIT.config]);
    expect(stdout).not.toContain(EXIT_CODES_TEXT);
  });

  it('lists the commands of a group', async () => {
    const { exitCode, stdout } = await runInProcess(['saga', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}undo-plan .*what an undo would do/m);
  });
});

describe('docs/cli.md', () => {
  it('has every command', () => {
    const documented = [...DOCS.matchAll(/^\| `([^`]+)` \|/gm)].map(([, usage = '']) =>
      usage
        .split(' ')
        .filter((word) => /^[a-z-]+$/.test(word))
        .join(' '),
    );
    expect(COMMANDS.length).toBeGreaterThan(60);
    expect(documented.filter((usage) => !usage.startsWith('-')).sort()).toEqual([...COMMANDS].sort());
  });

  it('has every exit code', () => {
    const documented = [...DOCS.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
    expect(documented).toEqual(Object.values(CLI_EXIT));
    for (const code of documented) expect(EXIT_CODES_TEXT).toMatch(new RegExp(`^ {2}${code} {2}\\S`, 'm'));
  });
});

describe('a wrong command line', () => {
  it.each([
    { args: ['sgaa'], says: "unknown command 'sgaa'" },
    { args: ['saga', 'lsit'], says: 'Did you mean list?' },
    { args: ['saga', 'get'], says: "missing required argument 'flowId'" },
    { args: ['saga', 'get', 'a', 'b'], says: 'too many arguments' },
    { args: ['saga', 'list', '--stauts', 'FAILED'], says: 'Did you mean --status?' },
    { args: ['saga', 'list', '--limit', '501'], says: 'It must be a whole number from 1 to 500.' },
    { args: ['saga', 'list', '-o', 'yaml'], says: 'Allowed choices are table, json, jsonl.' },
    { args: ['saga', 'list', '--url', 'localhost'], says: 'not the address of a server: localhost' },
    { args: ['stream', 'read', 's-1', '--follow', '--limit', '1'], says: 'cannot be used with' },
    { args: ['stream', 'read', 's-1', '--follow', '-o', 'json'], says: 'use -o jsonl' },
    {
      args: ['audit', 'export', '--out', 'x', '--from', '2026-02-31T00:00:00Z'],
      says: 'It must be a date and time with its zone',
    },
    { args: ['saga', 'undo', 'x'], says: 'repeat it with --yes' },
    { args: ['projections', 'rollback', 'sagas'], says: 'repeat it with --yes' },
    { args: ['saga', 'skip', 'x', 'y'], says: '--reason is kept with the event' },
    { args: ['saga', 'complete', 'x', 'y'], says: '--reason is kept with the event' },
    { args: ['dlq', 'redrive'], says: 'which letters?' },
    { args: ['dlq', 'preview', 'x', '--code', 'y'], says: 'either letters or a filter, not both' },
    { args: ['dlq', 'edit', 'x', '--reason', 'y'], says: 'what is the new value: --file or --text?' },
    { args: ['dlq', 'edit', 'x', '--text', 'y'], says: '--reason is kept with the event' },
    {
      args: ['dlq', 'edit', 'x', '--file', '/nowhere/at/all', '--reason', 'y'],
      says: 'cannot read /nowhere',
    },
    { args: ['dlq', 'discard', 'x', '--reason', 'y'], says: 'repeat it with --yes' },
    { args: ['audit', 'verify-bundle', '-'], says: '- can be read only once, a bundle has to be a file' },
    // Each would be the address of something else.
    { args: ['saga', 'get', 'counts'], says: '"counts" is not the id of a run (a UUID)' },
    { args: ['saga', 'timeline', '..'], says: '".." is not the id of a run' },
    { args: ['saga', 'undo', 'counts', '--yes'], says: '"counts" is not the id of a run' },
    { args: ['saga', 'retry', FLOW, '..'], says: '".." is not a name' },
    { args: ['instance', 'get', 'counts'], says: '"counts" is not the id of an instance' },
    { args: ['instance', 'get', 'retention'], says: '"retention" is not the id of an instance' },
    { args: ['dlq', 'show', 'groups'], says: '"groups" is not the id of a dead letter' },
    { args: ['replay', 'get', '.'], says: '"." is not the id of a replay session' },
    { args: ['orchestration', 'preflight', '.'], says: '"." is not a name' },
    { args: ['timer', 'fire', FLOW, '..', '--reason', 'y', '--revision', '1'], says: '".." is not a name' },
    { args: ['projections', 'verify', '..'], says: '".." is not a name' },
    { args: ['stream', 'read', '..', '-o', 'jsonl'], says: '".." is not a name' },
  ])('exits 2 and says why: $args', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await runInProcess(args);
    expect(stderr).toContain(says);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('exits 2 with the help on standard error where no command is given', async () => {
    const { exitCode, stdout, stderr } = await runInProcess([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: skald');
  });
});

describe('a file that is not there', () => {
  it.each([
    { args: ['audit', 'verify-bundle', '/nowhere/at/all'], exitCode: CLI_EXIT.notFound },
    { args: ['audit', 'verify-bundle', '/nowhere/at/all.gz'], exitCode: CLI_EXIT.notFound },
    { args: ['audit', 'verify', '--offline', '--data-dir', '/nowhere/at/all'], exitCode: CLI_EXIT.notFound },
    { args: ['what-if', '--all', '--definition', '/nowhere/at/all'], exitCode: CLI_EXIT.usage },
    { args: ['instance', 'import', '/nowhere/at/all'], exitCode: CLI_EXIT.usage },
  ])('is told from one that is found wrong: $args', async ({ args, exitCode }) => {
    const ended = await runInProcess(args);
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(ended.stderr).toContain('/nowhere/at/all');
  });
});

describe('without a server', () => {
  it.each([
    ['saga', 'list'],
    ['audit', 'verify'],
    ['saga', 'cancel', FLOW, OTHER, '--yes', '--timeout', '1'],
  ])('exits 6 and says where it looked: %s %s', async (...args) => {
    const { exitCode, stderr } = await runInProcess(args);
    expect(exitCode).toBe(CLI_EXIT.unreachable);
    expect(stderr).toContain('--url or SKALD_URL');
  });
});
