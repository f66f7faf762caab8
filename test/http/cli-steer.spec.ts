import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/cli-in-process.ts';
import { cliWorld, NOWHERE } from '../support/cli-world.ts';
import { jsonOf, linesOf } from '../support/skald-cli.ts';

const LONG = { timeout: 60_000 };

describe('the commands that steer runs', () => {
  it('pause with a reason, resume, and say so where it conflicts', LONG, async () => {
    const { skald, start, completed } = await cliWorld();
    const over = await completed();
    const flowId = await start();
    const paused = await skald(
      'saga',
      'pause',
      flowId,
      '--reason',
      'maintenance',
      '--timers',
      'keep-remaining',
    );
    expect(paused).toMatchObject({ exitCode: 0, stderr: '' });
    expect(paused.stdout).toMatch(new RegExp(`^${flowId} +accepted`, 'm'));
    const { stdout } = await skald('stream', 'read', `saga-${flowId}`, '-o', 'jsonl');
    const event = linesOf(stdout).find(({ type }) => type === 'SagaPaused');
    expect(event).toMatchObject({ data: { reason: 'maintenance', timers: 'keep-remaining' } });
    expect(jsonOf(await skald('saga', 'get', flowId, '-o', 'json'))).toMatchObject({ status: 'PAUSED' });
    expect(await skald('saga', 'resume', flowId)).toMatchObject({ exitCode: 0 });
    const conflict = await skald('saga', 'pause', over);
    expect(conflict).toMatchObject({ exitCode: 4, stdout: '' });
    expect(conflict.stderr).toMatch(/code +run_ended \(HTTP 409\)/);
  });

  it('undo a run and wait until it is undone', LONG, async () => {
    const { skald, completed, work } = await cliWorld();
    const flowId = await completed();
    const undone = skald('saga', 'undo', flowId, '--yes', '--reason', 'no', '--wait', '30', '-o', 'json');
    await work();
    await work();
    expect(jsonOf(await undone)).toEqual({ items: [{ flowId, outcome: 'accepted', status: 'UNDONE' }] });
  });

  it('exit 1 where the undo failed, and retry it then', LONG, async () => {
    const { skald, completed, work } = await cliWorld();
    const flowId = await completed();
    const undoing = skald('saga', 'undo', flowId, '--yes', '--wait', '30', '-o', 'jsonl');
    await work({ status: 'FAILED', error: 'stuck', code: 'stuck', retryable: false });
    const { exitCode, stdout, stderr } = await undoing;
    expect(exitCode).toBe(1);
    expect(linesOf(stdout)).toMatchObject([{ flowId, outcome: 'failed', status: 'UNDO_FAILED' }]);
    expect(stderr).toContain('the run ended UNDO_FAILED');

    const retried = skald('saga', 'retry', flowId, 'pay', '--wait', '30');
    await work();
    await work();
    expect((await retried).stdout).toMatch(new RegExp(`^${flowId} +accepted +UNDONE`, 'm'));
    expect(await skald('saga', 'retry', NOWHERE, 'pay')).toMatchObject({ exitCode: 3 });
  });

  it('exit 5 where the run is not over in time', LONG, async () => {
    const { skald, start } = await cliWorld();
    const flowId = await start();
    const { exitCode, stdout } = await skald('saga', 'undo', flowId, '--yes', '--wait', '1');
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/ timed-out +UNDOING/);
  });

  it('cancel several runs, try each, and exit by the first that did not go as asked', LONG, async () => {
    const { skald, start } = await cliWorld();
    const [first, second] = [await start(), await start()];
    const { exitCode, stdout, stderr } = await skald('saga', 'cancel', first, NOWHERE, second, '--yes');
    expect(exitCode).toBe(3);
    const rows = stdout.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ +/).slice(0, 2))).toEqual([
      [first, 'accepted'],
      [NOWHERE, 'refused'],
      [second, 'accepted'],
    ]);
    expect(stderr).toContain('1 of 3 did not go as asked');
    expect(jsonOf(await skald('saga', 'get', second, '-o', 'json'))).toMatchObject({ status: 'CANCELLED' });
  });

  it('ask with the number of runs, and do nothing after a no', LONG, async () => {
    const { server, start, skald } = await cliWorld();
    const flowIds = [await start(), await start()];
    const url = server.address;
    const refused = await runInProcess(['saga', 'pause', ...flowIds], { url, answer: false });
    expect(refused).toMatchObject({ exitCode: 1, stdout: '', asked: ['pause 2 runs?'] });
    const [first = ''] = flowIds;
    expect(jsonOf(await skald('saga', 'get', first, '-o', 'json'))).toMatchObject({ status: 'IN_PROGRESS' });
    const agreed = await runInProcess(['saga', 'cancel', first, '--undo'], { url, answer: true });
    expect(agreed).toMatchObject({ exitCode: 0, asked: [`cancel ${first}?`] });
    expect(jsonOf(await skald('saga', 'get', first, '-o', 'json'))).toMatchObject({ status: 'UNDOING' });
  });
});
