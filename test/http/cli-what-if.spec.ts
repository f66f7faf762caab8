import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliWorld, NOWHERE } from '../support/cli-world.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { jsonOf, linesOf } from '../support/skald-cli.ts';

const stepOf = (name: string, index: number) => ({ name, seq: index + 1, objectType: 'thing' });

/** Files with the definition of `trip` as it is, and with a step more. */
const definitions = () => {
  const directory = freshDirectory();
  const written = (file: string, text: string): string => {
    const path = join(directory, file);
    writeFileSync(path, text);
    return path;
  };
  const steps = ['book', 'pay'].map((name, index) => ({
    ...stepOf(name, index),
    retry: { backoffMs: 60_000 },
  }));
  const same = { orchName: 'trip', as: 'initiator', type: 'sequential', steps };
  const yaml = [
    'orchName: trip',
    'as: initiator',
    'type: sequential',
    'steps:',
    ...['book', 'check', 'pay'].map(
      (name, index) => `  - { name: ${name}, seq: ${index}, objectType: thing }`,
    ),
  ];
  return {
    same: written('same.json', JSON.stringify(same)),
    inserted: written('inserted.yaml', yaml.join('\n')),
  };
};

describe('skald what-if', () => {
  it(
    'says what a run would have done, and exits 1 where runs would be stuck',
    { timeout: 60_000 },
    async () => {
      const { skald, completed, start, work } = await cliWorld();
      const ended = await completed();
      const open = await start();
      await work();
      const { same, inserted } = definitions();
      const [nothing, document] = await Promise.all([
        skald('what-if', '--saga', ended, '--definition', same),
        skald('what-if', '--saga', ended, '--definition', inserted, '-o', 'json'),
      ]);
      expect(nothing).toMatchObject({ exitCode: 0, stderr: '' });
      expect(nothing.stdout).toMatch(/^WOULD BE +COMPLETED$/m);
      expect(nothing.stdout).toMatch(/^PARTS AT +-$/m);
      expect(nothing.stdout).not.toContain('What differs');
      expect(document.exitCode).toBe(0);
      expect(jsonOf(document)).toMatchObject({ flowId: ended, verdict: null, steps: { skipped: ['pay'] } });

      const [stuck, fine, lines] = await Promise.all([
        skald('what-if', '--all', '--definition', inserted),
        skald('what-if', '--all', '--definition', same, '--strict'),
        skald('what-if', '--all', '--definition', inserted, '-o', 'jsonl'),
      ]);
      expect(stuck).toMatchObject({ exitCode: 1 });
      expect(stuck.stdout).toMatch(
        new RegExp(`^${open} +IN_PROGRESS +stuck .*Step check is new, and nobody serves it`, 'm'),
      );
      expect(stuck.stderr).toContain('0 compatible, 0 need mapping, 1 stuck');
      expect(fine).toMatchObject({ exitCode: 0 });
      expect(fine.stderr).toContain('1 compatible, 0 need mapping, 0 stuck');
      expect(linesOf(lines.stdout)).toMatchObject([{ flowId: open, verdict: 'stuck' }]);
    },
  );

  it('takes mapping for a failure where it is told to be strict', { timeout: 60_000 }, async () => {
    const { skald, start, work } = await cliWorld(['book', 'pay', 'check']);
    const flowId = await start();
    await work();
    const { inserted } = definitions();
    const ask = ['what-if', '--saga', flowId, '--definition', inserted];
    const [plain, strict, failing] = await Promise.all([
      skald(...ask),
      skald(...ask, '--strict'),
      skald(...ask, '--fail', 'check', '-o', 'json'),
    ]);
    expect(plain.exitCode).toBe(0);
    expect(plain.stdout).toMatch(/^VERDICT +needs-mapping$/m);
    expect(plain.stdout).toMatch(
      /^step-added +check +Step check would have been started by now, and was not$/m,
    );
    expect(plain.stdout).toMatch(/^added +- +StepDispatched +check +do +1/m);
    expect(strict.exitCode).toBe(1);
    expect(jsonOf(failing)).toMatchObject({
      assumed: [
        { step: 'check', outcome: 'failure' },
        { step: 'book', action: 'undo' },
      ],
    });
  });

  it('exits 3 for a run that is not there', { timeout: 60_000 }, async () => {
    const { skald } = await cliWorld();
    const unknown = await skald('what-if', '--saga', NOWHERE, '--definition', definitions().same);
    expect(unknown).toMatchObject({ exitCode: 3, stdout: '' });
  });
});
