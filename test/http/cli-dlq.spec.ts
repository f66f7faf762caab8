import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { getLetter } from '../../src/queries/dead-letter/get-letter.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { letterWorld, recordOf } from '../support/letter-world.ts';
import * as letter from '../support/letters.ts';
import { logOf, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { edge } from './edge.ts';

const [one, two] = [letter.letterAt(1), letter.letterAt(2)];
const parked: readonly Written[] = [
  [`deadletter-${one}`, letter.parked()],
  [`deadletter-${two}`, letter.parked({ sequence: letter.hashOf('1') })],
];

/** A command line for an edge over these events. */
const cli = async (log: readonly Written[], handlers: Partial<Handlers> = {}) => {
  const { queries } = await queriesOver(logOf(...log));
  const app = await edge(handlers, { queries });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return (args: readonly string[], answer?: boolean) =>
    runInProcess(['dlq', ...args], { url, ...(answer === undefined ? {} : { answer }) });
};

describe('skald dlq', () => {
  it('lists letters and groups', async () => {
    const dlq = await cli(parked);
    const list = await dlq(['list', '--state', 'parked']);
    expect(list).toMatchObject({ exitCode: 0, stderr: '' });
    expect(list.stdout).toMatch(
      new RegExp(`^${two} +parked +orchestrator.response.result +7 +malformed_json`, 'm'),
    );
    const groups = await dlq(['groups', '--code', 'malformed_json']);
    expect(groups.stdout).toMatch(new RegExp(`^${letter.hashOf('f')} +2 +orchestrator`, 'm'));
    expect((await dlq(['list', '--code', 'other', '-o', 'jsonl'])).stdout).toBe('');
  });

  it('shows a letter with its content, its editions and its history', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1, { value: Buffer.from('{\n "a": 1\n}\n') }));
    const context = { actor: { kind: 'user', id: 'erik', source: 'http' } } as const;
    const text = '{\n "a": 2\n}\n';
    await world.commands.editLetter({ letterId }, { text, reason: 'it was\u001b[2J wrong' }, context);
    const dlq = await cli([], { getLetter: getLetter(world) });
    const shown = await dlq(['show', letterId]);
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    for (const line of ['STATE      parked', '{\n "a": 2\n}', '-  "a": 1\n+  "a": 2', 'flowId  f'])
      expect(shown.stdout).toContain(line);
    expect(shown.stdout).toMatch(/ erik +edited +1 +- +it was wrong$/m);
    expect(shown.stdout).not.toContain('\u001b[2J');
    expect(await dlq(['show', letter.letterAt(9)])).toMatchObject({ exitCode: 3 });
  });

  it('says what a redrive would do, and changes nothing', async () => {
    const dlq = await cli(parked);
    const preview = await dlq(['preview', '--fingerprint', letter.hashOf('f')]);
    expect(preview).toMatchObject({ exitCode: 0, stderr: '' });
    expect(preview.stdout).toMatch(/^LETTERS +2$/m);
    expect((await dlq(['preview', one, '-o', 'json'])).stdout).toContain('"letters": 1');
  });
});

describe('skald dlq redrive', () => {
  const selecting = (asked: unknown[]): Partial<Handlers> => ({
    redriveLetters: (ids, how) => {
      asked.push([ids, how]);
      const value = { redriveId: letter.redriveAt(1), selected: ids.length, skipped: {} };
      return Promise.resolve({ kind: 'done', value, position: '0'.repeat(40), replayed: false });
    },
  });

  it('shows what it would do and asks first, for more than one', async () => {
    const asked: unknown[] = [];
    const dlq = await cli(parked, selecting(asked));
    const no = await dlq(['redrive', '--code', 'malformed_json'], false);
    expect(no).toMatchObject({ exitCode: 1, asked: ['redrive 2 letters?'] });
    expect(no.stderr).toMatch(/LETTERS +2/);
    expect(asked).toEqual([]);
    const yes = await dlq(
      ['redrive', '--code', 'malformed_json', '--per-second', '5', '--reason', 'r'],
      true,
    );
    expect(yes).toMatchObject({ exitCode: 0 });
    expect(yes.stdout).toMatch(/^SELECTED +2$/m);
    expect(asked).toEqual([[[one, two], { perSecond: 5, reason: 'r' }]]);
  });

  it('takes one without asking', async () => {
    const asked: unknown[] = [];
    const dlq = await cli(parked, selecting(asked));
    expect(await dlq(['redrive', one])).toMatchObject({ exitCode: 0, asked: [] });
    expect(asked).toEqual([[[one], { perSecond: 50 }]]);
  });

  const redriven = [letter.selected(1), letter.redriveStarted(1)];
  it.each([
    { end: letter.resolved(1), exitCode: 0, says: /^RESOLVED +1$/m },
    { end: letter.parkedAgain(1), exitCode: 1, says: /^PARKED AGAIN +1$/m },
  ])('waits for the end, and exits $exitCode for $end.type', async ({ end, exitCode, says }) => {
    const log = [...redriven, end].map((event) => [`deadletter-${one}`, event] as const);
    const dlq = await cli([...parked, ...log], selecting([]));
    const ended = await dlq(['redrive', one, '--wait', '10']);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stdout).toMatch(says);
  });

  it('exits 5 where the time is over first, and 1 where nothing was selected', async () => {
    const log = redriven.map((event) => [`deadletter-${one}`, event] as const);
    const dlq = await cli([...parked, ...log], selecting([]));
    expect(await dlq(['redrive', one, '--wait', '1'])).toMatchObject({ exitCode: 5 });
    const none = await dlq(['redrive', '--code', 'other', '--wait', '1', '--yes']);
    expect(none).toMatchObject({ exitCode: 1, stderr: 'skald: nothing was selected\n' });
  });
});

describe('skald dlq edit and discard', () => {
  const world = async () => {
    const made = await letterWorld();
    const letterId = await made.parked(recordOf(1));
    const dlq = await cli([], { ...made.commands, getLetter: getLetter(made) });
    return { ...made, letterId, dlq };
  };

  it('put another value in place of the record, and show what changes', async () => {
    const { dlq, letterId } = await world();
    const edited = await dlq(['edit', letterId, '--text', 'value 2', '--reason', 'r']);
    expect(edited).toMatchObject({ exitCode: 0, stderr: '' });
    expect(edited.stdout).toMatch(/^EDITION +1$[\s\S]*^- value 1$\s^\+ value 2$/m);
    const file = join(freshDirectory(), 'value');
    writeFileSync(file, Buffer.from([255, 0]));
    const bytes = await dlq(['edit', letterId, '--file', file, '--reason', 'r', '-o', 'json']);
    expect(JSON.parse(bytes.stdout)).toMatchObject({ edition: 2, diff: null });
  });

  it('close a letter for good, and say so where it is closed', async () => {
    const { dlq, letterId, typesOf } = await world();
    const discarded = await dlq(['discard', letterId, '--reason', 'a test'], true);
    expect(discarded).toMatchObject({ exitCode: 0, asked: [`discard ${letterId} for good?`] });
    expect(await typesOf(letterId)).toEqual(['LetterParked', 'LetterDiscarded']);
    const late = await dlq(['edit', letterId, '--text', 'x', '--reason', 'r']);
    expect(late).toMatchObject({ exitCode: 4 });
    expect(late.stderr).toContain('letter_closed');
  });
});
