import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/cli-in-process.ts';
import { flowAt, logPosition, timeAt } from '../support/read-models.ts';
import { jsonOf } from '../support/skald-cli.ts';
import { cursor } from './edge.ts';
import { FLOW, pastEdge } from './past-edge.ts';

const cli = async (isSlow = false) => {
  const { app } = await pastEdge(undefined, { isSlow });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return (...args: readonly string[]) => runInProcess(args, { url });
};
const then = (number: number): readonly string[] => ['--as-of', cursor.encode(logPosition(number))];

describe('skald --as-of', () => {
  it('lists what there was', async () => {
    const skald = await cli();
    const list = await skald('saga', 'list', ...then(2));
    expect(list).toMatchObject({ exitCode: 0, stderr: '' });
    expect(list.stdout).toContain(`${FLOW}  tenant         WAITING  worker-missing`);
    expect(list.stdout).not.toContain(flowAt(2));
    const all = jsonOf(await skald('saga', 'list', '--all', '--limit', '1', '-o', 'json', ...then(6)));
    expect(all['items']).toMatchObject([{ flowId: flowAt(2) }, { flowId: FLOW }]);
  });

  it.each([
    [['saga', 'timeline', FLOW], 'goes on'],
    [['orchestration', 'list'], 'tenant'],
    [['orchestration', 'registrations', 'tenant'], 'tenant-worker'],
    [['worker', 'list'], 'silent'],
    [['healing', 'list'], 'tenant-worker'],
    [['timer', 'list'], 'DUE'],
    [['instance', 'list'], 'INSTANCE'],
  ])('is taken by skald %s', async (args, expected) => {
    const skald = await cli();
    const answer = await skald(...args, '--as-of', timeAt(5));
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answer.stdout).toContain(expected);
  });

  it('shows one thing as it was', async () => {
    const skald = await cli();
    expect((await skald('saga', 'get', FLOW, ...then(2))).stdout).toMatch(/^STATUS +WAITING$/m);
    expect((await skald('saga', 'explain', FLOW, ...then(2))).stdout).toContain('worker-missing');
    expect((await skald('saga', 'undo-plan', FLOW, ...then(2))).exitCode).toBe(0);
    expect((await skald('orchestration', 'get', 'tenant', ...then(2))).stdout).toMatch(/^STATUS +PENDING$/m);
    expect((await skald('orchestration', 'preflight', 'tenant', ...then(2))).exitCode).toBe(1);
    expect((await skald('orchestration', 'preflight', 'tenant', ...then(3))).exitCode).toBe(0);
    expect((await skald('instance', 'history', '7', ...then(2))).exitCode).toBe(3);
  });

  it('shows what changed between two moments', async () => {
    const skald = await cli();
    const [a, b] = [2, 3].map((number) => cursor.encode(logPosition(number)));
    const { stdout } = await skald('orchestration', 'get', 'tenant', '--diff', `${a ?? ''}..${b ?? ''}`);
    expect(stdout).toMatch(/^CHANGE +WHERE +BEFORE +AFTER$/m);
    expect(stdout).toMatch(/^replace +\/status +PENDING +SUCCESS$/m);
    expect((await skald('saga', 'get', FLOW, '--diff', `${timeAt(1)}..${timeAt(2)}`)).stdout).toContain(
      '/waiting',
    );
    expect((await skald('instance', 'get', '7', '--diff', `${timeAt(1)}..${timeAt(2)}`)).exitCode).toBe(3);
  });

  it('says what is wrong with a moment, and which options go together', async () => {
    const skald = await cli();
    const ahead = await skald('saga', 'list', '--as-of', '2999-01-01T00:00:00Z');
    expect([ahead.exitCode, ahead.stderr]).toEqual([2, expect.stringContaining('after the end of the log')]);
    expect((await skald('saga', 'get', FLOW, '--wait', '1', ...then(2))).exitCode).toBe(2);
    expect((await skald('saga', 'get', FLOW, '--diff', 'a..b', ...then(2))).exitCode).toBe(2);
  });

  it('tells that lists of then are still being made', async () => {
    const skald = await cli(true);
    const list = await skald('saga', 'list', ...then(2));
    expect(list.exitCode).not.toBe(0);
    expect(list.stderr).toContain('1024 events taken up so far');
  });
});
