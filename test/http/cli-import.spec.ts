import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { headersWith, instanceWorld, objectWith } from '../support/instance-world.ts';
import { correlationAt } from '../support/instances.ts';
import { startCli } from '../support/skald-cli.ts';
import { edge } from './edge.ts';

const summary = z.looseObject({
  received: z.int(),
  repeated: z.int(),
  valid: z.int(),
  bad: z.int(),
  perSecond: z.number(),
});

const lineOf = (number: number, more: object = {}): string =>
  JSON.stringify({
    headers: headersWith({ correlationId: correlationAt(number) }),
    value: objectWith(`number ${number}`),
    ...more,
  });
const nested = (levels: number): unknown => (levels === 0 ? 'x' : [nested(levels - 1)]);
const linesOf = (count: number) => Array.from({ length: count }, (_, index) => lineOf(index + 1));

const fileOf = (...lines: readonly string[]): string => {
  const path = join(freshDirectory(), 'instances.ndjson');
  writeFileSync(path, lines.join('\n'));
  return path;
};

/** A command line for a server that keeps what came in, in the order it came. */
const world = async (some: (handlers: Handlers['receiveInstance']) => Partial<Handlers> = () => ({})) => {
  const made = await instanceWorld();
  const titles: string[] = [];
  const receiveInstance: Handlers['receiveInstance'] = async (input, context) => {
    const result = await made.receiveInstance(input, context);
    if (result.kind === 'done' && !result.replayed) titles.push(input.value.valuePerKey['title'] ?? '');
    return result;
  };
  const app = await edge({ ...made, receiveInstance, ...some(receiveInstance) });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const run = async (...args: readonly string[]) => {
    const ended = await runInProcess(['instance', 'import', ...args, '-o', 'json'], { url });
    const counted = summary.safeParse(ended.stdout === '' ? undefined : JSON.parse(ended.stdout)).data;
    return { ...ended, counted };
  };
  return { ...made, titles, run };
};

describe('skald instance import', () => {
  it('brings every line in once, however often and under whatever name the file is imported', async () => {
    const { run, titles } = await world();
    const lines = linesOf(250);
    const first = await run(fileOf(...lines), '--in-flight', '3');
    expect(first).toMatchObject({ exitCode: 0, stderr: '', counted: { received: 250, repeated: 0, bad: 0 } });
    expect(new Set(titles).size).toBe(250);
    const longer = fileOf(...lines, lineOf(251));
    expect(await run(longer)).toMatchObject({ counted: { received: 1, repeated: 250 } });
    expect(titles).toHaveLength(251);
  });

  it('brings the same lines in anew under another id of the import', async () => {
    const { run, titles } = await world();
    const path = fileOf(...linesOf(3));
    await run(path);
    const again = await run(path, '--import-id', correlationAt(77));
    expect(again).toMatchObject({ counted: { received: 3, repeated: 0 } });
    expect(titles).toHaveLength(6);
    expect(await run(path, '--import-id', 'x')).toMatchObject({ exitCode: 2 });
  });

  it('names each bad line, counts them, and brings in all others', async () => {
    const { run, titles } = await world();
    const bad = [
      '{"headers":',
      '[]',
      lineOf(4, { headers: {} }),
      '',
      // Spoils the whole batch it is in: the levels around it count too.
      lineOf(6, { value: nested(31) }),
      lineOf(7, { value: objectWith('x'.repeat(300_000)) }),
      lineOf(8, { value: objectWith('x'.repeat(1024 * 1024)) }),
    ];
    const ended = await run(fileOf(lineOf(1), ...bad, lineOf(9)));
    expect(ended).toMatchObject({ exitCode: 1, counted: { received: 2, bad: 6 } });
    const named = [...ended.stderr.matchAll(/^line (\d+): (.+)$/gm)].map(([, number]) => Number(number));
    expect(named.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 6, 7, 8]);
    expect(ended.stderr).toContain('line 2: no JSON: ');
    expect(ended.stderr).toMatch(/^line 4: body\/headers\/sourceApplicationId: .*\(invalid_input\)$/m);
    expect(ended.stderr).toMatch(/^line 6: .*malformed_json/m);
    expect(ended.stderr).toMatch(/^line 7: .*\(too_large\)$/m);
    expect(ended.stderr).toContain('skald: 6 lines did not come in');
    expect(titles.toSorted()).toEqual(['number 1', 'number 9']);
  });

  it('brings in nothing that the server would have to read otherwise than it was written', async () => {
    const { run, titles } = await world();
    const path = join(freshDirectory(), 'bytes.ndjson');
    const [latin, twice, separated] = [lineOf(1), lineOf(2), lineOf(3)].map((line) => line.slice(0, -1));
    writeFileSync(path, Buffer.from(`${latin},"value":{"valuePerKey":{"title":"bl\u00e5"}}}\n`, 'latin1'));
    appendFileSync(path, `${twice},"value":${JSON.stringify(objectWith('another'))}}\n`);
    appendFileSync(path, `${separated?.replace('number 3', 'a line\u2028 and another, bl\u00e5')}}\n`);
    const ended = await run(path);
    expect(ended).toMatchObject({ exitCode: 1, counted: { received: 1, bad: 2 } });
    expect(ended.stderr).toMatch(/^line 1: no JSON: .*UTF-8/m);
    expect(ended.stderr).toMatch(/^line 2: no JSON: .*twice/m);
    expect(titles).toEqual(['a line\u2028 and another, bl\u00e5']);
  });

  it('only looks with --dry-run', async () => {
    const { run, titles } = await world();
    const ended = await run(fileOf(...linesOf(5), lineOf(6, { headers: {} })), '--dry-run');
    expect(ended).toMatchObject({ exitCode: 1, counted: { valid: 5, received: 0, bad: 1 } });
    expect(titles).toEqual([]);
  });

  it('leaves out the lines before --from-line', async () => {
    const { run, titles } = await world();
    expect(await run(fileOf(...linesOf(5)), '--from-line', '4')).toMatchObject({ counted: { received: 2 } });
    expect(titles.toSorted()).toEqual(['number 4', 'number 5']);
  });

  it('sends again what the server could not take at first', async () => {
    let refusals = 0;
    const { run, titles } = await world((receive) => ({
      receiveInstance: (input, context) => {
        if (input.value.valuePerKey['title'] !== 'number 2' || refusals > 1) return receive(input, context);
        refusals += 1;
        return Promise.resolve({ kind: 'unavailable', code: 'busy', detail: 'too many writers' });
      },
    }));
    expect(await run(fileOf(...linesOf(3)))).toMatchObject({ exitCode: 0, counted: { received: 3, bad: 0 } });
    expect([refusals, titles.toSorted()]).toEqual([2, ['number 1', 'number 2', 'number 3']]);
  });

  it('says how to go on where it was cut short, and then goes on', async () => {
    let isBroken = true;
    const { run, titles } = await world((receive) => ({
      receiveInstance: (input, context) =>
        isBroken && input.value.valuePerKey['title'] === 'number 150'
          ? Promise.reject(new Error('a fault'))
          : receive(input, context),
    }));
    const path = fileOf(...linesOf(250));
    const cut = await run(path, '--in-flight', '1');
    expect(cut).toMatchObject({ exitCode: 1, stdout: '' });
    expect(cut.stderr).toContain('--from-line 101 leaves out what is in');
    isBroken = false;
    const rest = await run(path, '--from-line', '101');
    expect(rest).toMatchObject({ exitCode: 0, counted: { bad: 0 } });
    expect(new Set(titles).size).toBe(250);
    expect(titles).toHaveLength(250);
  });

  it.runIf(process.platform !== 'win32')(
    'ends where the server refuses, while the pipe it reads stays open and idle',
    { timeout: 60_000 },
    async () => {
      const app = await edge({ receiveInstance: () => Promise.reject(new Error('a fault')) });
      const SKALD_URL = await app.listen({ host: '127.0.0.1', port: 0 });
      const path = join(freshDirectory(), 'pipe');
      execFileSync('mkfifo', [path]);
      const { ended } = startCli(['instance', 'import', path], { SKALD_URL });
      const pipe = await open(path, 'w');
      onTestFinished(() => pipe.close());
      // More than a batch: one is sent, and further lines are waited for.
      await pipe.write(`${linesOf(150).join('\n')}\n`);
      const { exitCode, stderr } = await ended();
      expect(exitCode).toBe(1);
      expect(stderr).toContain('--from-line 1 leaves out what is in');
    },
  );

  it.runIf(process.platform !== 'win32')('says what it reads where that may be silent', async () => {
    const { run } = await world();
    const path = join(freshDirectory(), 'pipe');
    execFileSync('mkfifo', [path]);
    execFile('sh', ['-c', 'cat "$0" > "$1"', fileOf(...linesOf(3)), path]);
    const { counted, statuses } = await run(path);
    expect([counted?.received, statuses[0]]).toEqual([3, `reading ${path}`]);
  });

  it('exits 2 for a file that cannot be read', async () => {
    const { run } = await world();
    expect(await run(join(freshDirectory(), 'none'))).toMatchObject({ exitCode: 2 });
  });
});
