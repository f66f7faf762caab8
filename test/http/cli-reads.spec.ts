import { describe, expect, it } from 'vitest';
import { cliWorld, NOWHERE } from '../support/cli-world.ts';
import { jsonOf, linesOf, runCli } from '../support/skald-cli.ts';

describe('the commands that ask', () => {
  it('show one thing as a table, as a document and as a line', { timeout: 60_000 }, async () => {
    const { skald, completed } = await cliWorld();
    const flowId = await completed();
    const [text, document, line] = await Promise.all([
      skald('saga', 'get', flowId),
      skald('saga', 'get', flowId, '-o', 'json'),
      skald('saga', 'get', flowId, '-o', 'jsonl'),
    ]);
    expect(text.stderr).toBe('');
    expect(text.stdout).toMatch(/^STATUS +COMPLETED$/m);
    expect(text.stdout).toMatch(/^1 +book +SUCCEEDED +1 +trip-worker +- +-$/m);
    const run = jsonOf(document);
    expect(run).toMatchObject({ flowId, status: 'COMPLETED' });
    expect(linesOf(line.stdout)).toEqual([run]);

    const [orchestration, preflight, explanation, plan] = await Promise.all([
      skald('orchestration', 'get', 'trip'),
      skald('orchestration', 'preflight', 'trip'),
      skald('saga', 'explain', flowId),
      skald('saga', 'undo-plan', flowId),
    ]);
    expect(orchestration.stdout).toMatch(/^2 +pay +SUCCESS +trip-worker/m);
    expect(preflight).toMatchObject({ exitCode: 0, stderr: '' });
    expect(preflight.stdout).toMatch(/^WILL RUN +true$/m);
    expect(explanation.stdout).toMatch(/^Where the time went\nREASON +MS +%$/m);
    expect(plan.stdout).toMatch(/^1 +pay +planned +succeeded/m);
    expect(plan.stdout).toMatch(/^2 +book +planned +succeeded +pay$/m);
  });

  it('show lists, and every page of them', { timeout: 60_000 }, async () => {
    const { skald, start, server } = await cliWorld(['pay']);
    const flowIds = [await start(), await start(), await start()];
    const url = ['--url', server.address];
    const newest = await listed(() => skald('saga', 'list', '-o', 'json', ...url), flowIds.length);
    const [page, lines, all, waiting, none] = await Promise.all([
      skald('saga', 'list', '--limit', '2'),
      skald('saga', 'list', '--limit', '2', '--all', '-o', 'jsonl'),
      skald('saga', 'list', '--limit', '1', '--all', '-o', 'json'),
      skald('saga', 'list', '--waiting', 'worker-missing', '--orch-name', 'trip'),
      skald('saga', 'list', '--status', 'COMPLETED', '-o', 'json'),
    ]);
    expect(page.stdout.trimEnd().split('\n')).toHaveLength(3);
    const cursor = /--cursor (\S+)/.exec(page.stderr)?.[1] ?? '';
    const rest = await skald('saga', 'list', '--limit', '2', '--cursor', cursor);
    expect(rest.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(linesOf(lines.stdout).map(({ flowId }) => flowId)).toEqual(newest);
    expect(jsonOf(all)).toMatchObject({ items: newest.map((flowId) => ({ flowId })) });
    expect(waiting.stdout).toMatch(/trip +WAITING +worker-missing +book/);
    expect(jsonOf(none)).toMatchObject({ items: [] });
  });

  it('show workers, the diary, timers, registrations and timelines', { timeout: 60_000 }, async () => {
    const { skald, start, work } = await cliWorld(['book']);
    const flowId = await start();
    await work({ status: 'FAILED', error: 'no seats', code: 'full', retryable: true });
    await listed(() => skald('timer', 'list', '-o', 'json'), 1);
    const [orchestrations, workers, timers, registrations, timeline, preflight] = await Promise.all([
      skald('orchestration', 'list', '--status', 'PENDING'),
      skald('worker', 'list'),
      skald('timer', 'list'),
      skald('orchestration', 'registrations', 'trip'),
      skald('saga', 'timeline', flowId, '--all'),
      skald('orchestration', 'preflight', 'trip'),
    ]);
    expect(orchestrations.stdout).toMatch(/^trip +PENDING +1 +sequential +trip-initiator +pay/m);
    expect(workers.stdout).toMatch(/^trip-worker +live .* trip\/book$/m);
    expect(timers.stdout).toMatch(new RegExp(`${flowId} +trip +book +do +retry +\\d`));
    expect(registrations.stdout.match(/ registered /g)).toHaveLength(2);
    expect(timeline.stdout.trimEnd().split('\n').length).toBeGreaterThan(3);
    expect(preflight.exitCode).toBe(1);
    expect(preflight.stdout).toMatch(/^worker_missing +pay +- +true/m);
  });

  it('show the diary of missing workers', { timeout: 60_000 }, async () => {
    const { skald, start } = await cliWorld(['pay']);
    await start();
    await listed(() => skald('healing', 'list', '-o', 'json'), 1);
    const { stdout } = await skald('healing', 'list', '--orch-name', 'trip');
    expect(stdout).toMatch(/^trip +book +missing .* 1 +0 +1$/m);
  });

  it('exit 3 for what is not there, 2 for what the server refuses, with code and request id', async () => {
    const { skald } = await cliWorld();
    const [run, orchestration, bad] = await Promise.all([
      skald('saga', 'get', NOWHERE),
      skald('orchestration', 'get', 'nothing'),
      skald('saga', 'list', '--status', 'SLEEPING'),
    ]);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(
      /^skald: Run not found: .*\n {2}code +unknown_run \(HTTP 404\)\n {2}request id +\S+\n$/,
    );
    expect(orchestration).toMatchObject({ exitCode: 3, stdout: '' });
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain('query/status: ');
  });

  it('wait for the end of a run, and exit 5 when the time is over first', { timeout: 60_000 }, async () => {
    const { skald, start, work } = await cliWorld();
    const flowId = await start();
    const late = await skald('saga', 'get', flowId, '--wait', '1');
    expect(late.exitCode).toBe(5);
    expect(late.stderr).toContain('still IN_PROGRESS after 1 s');
    const ended = skald('saga', 'get', flowId, '--wait', '30');
    await work();
    await work();
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^STATUS +COMPLETED$/m);
  });

  it('use colours only where they are wanted', async () => {
    const { skald, env } = await cliWorld();
    const plain = await skald('orchestration', 'get', 'trip');
    const coloured = await runCli(['orchestration', 'get', 'trip'], { ...env, FORCE_COLOR: '1' });
    expect(plain.stdout).not.toContain('\u001b');
    expect(coloured.stdout).toContain('\u001b[32mSUCCESS\u001b[39m');
    const never = await runCli(['orchestration', 'get', 'trip'], { ...env, FORCE_COLOR: '1', NO_COLOR: '1' });
    expect([never.stdout.includes('\u001b'), never.stderr]).toEqual([false, '']);
  });
});

/** Asks until the read model has so many items; their flow ids. */
const listed = async (
  ask: () => Promise<{ stdout: string }>,
  length: number,
): Promise<readonly unknown[]> => {
  for (;;) {
    const { items } = JSON.parse((await ask()).stdout) as { items: { flowId?: string }[] };
    if (items.length === length) return items.map(({ flowId }) => flowId);
  }
};
