import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLI_EXIT, EXIT_CODES_TEXT } from '../../../src/infra/cli/exit-codes.ts';
import { runInProcess } from '../../support/cli-in-process.ts';

const DOCS = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const COMMANDS = [
  'serve',
  ...['list', 'get', 'preflight', 'registrations'].map((verb) => `orchestration ${verb}`),
  ...['list', 'get', 'explain', 'timeline', 'undo-plan'].map((verb) => `saga ${verb}`),
  ...['undo', 'cancel', 'pause', 'resume', 'retry', 'skip', 'complete'].map((verb) => `saga ${verb}`),
  ...['list', 'groups', 'show', 'preview', 'redrive', 'edit', 'discard'].map((verb) => `dlq ${verb}`),
  ...['worker list', 'healing list', 'stream read'],
  ...['list', 'reschedule', 'fire', 'cancel', 'shift'].map((verb) => `timer ${verb}`),
  ...['list', 'rebuild', 'verify', 'rollback', 'unblock'].map((verb) => `projections ${verb}`),
  ...['list', 'get', 'records', 'preview', 'create', 'start', 'pause', 'resume', 'cancel'].map(
    (verb) => `replay ${verb}`,
  ),
  'what-if',
  'audit verify',
  'doctor',
  'token',
];

describe('the help of the command line', () => {
  it.each(COMMANDS)('of %s has an example and the exit codes', async (command) => {
    const { exitCode, stdout, stderr } = await runInProcess([...command.split(' '), '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: skald ${command}`);
    expect(stdout).toContain(`Example:\n  $ skald ${command}`);
    expect(stdout).toContain(EXIT_CODES_TEXT);
    expect(stdout).toContain('--output <format>');
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
    expect(documented.filter((usage) => COMMANDS.includes(usage)).sort()).toEqual([...COMMANDS].sort());
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

describe('without a server', () => {
  it.each([
    ['saga', 'list'],
    ['audit', 'verify'],
    ['saga', 'cancel', 'x', 'y', '--yes', '--timeout', '1'],
  ])('exits 6 and says where it looked: %s %s', async (...args) => {
    const { exitCode, stderr } = await runInProcess(args);
    expect(exitCode).toBe(CLI_EXIT.unreachable);
    expect(stderr).toContain('--url or SKALD_URL');
  });
});
