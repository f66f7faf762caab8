import { describe, expect, it } from 'vitest';
import { previewReplay } from '../../src/commands/replay/preview-replay.ts';
import { getReplay } from '../../src/queries/replay/get-replay.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { logOf, queriesOver } from '../support/read-models.ts';
import { replayWorld } from '../support/replay-world.ts';
import * as replay from '../support/replays.ts';
import { edge } from './edge.ts';

const world = async () => {
  const made = replayWorld();
  await made.write('saga-a', 'SagaStarted');
  await made.write('saga-a', 'StepSucceeded');
  await made.write('instance-7', 'InstanceReceived');
  const { queries } = await queriesOver(
    logOf([`replay-${replay.SESSION}`, replay.created()], [`replay-${replay.SESSION}`, replay.started()]),
  );
  const app = await edge(
    {
      ...{ createReplay: made.create, previewReplay: previewReplay(made) },
      ...{ startReplay: made.startReplay, pauseReplay: made.pauseReplay },
      ...{ resumeReplay: made.resumeReplay, cancelReplay: made.cancelReplay },
      getReplayRecords: () => Promise.resolve({ items: [replay.eventAt(1)], dropped: 0 }),
    },
    { queries: { ...queries, getReplay: getReplay(made.store) } },
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const cli = (...args: readonly string[]) => runInProcess(['replay', ...args], { url });
  const created = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await cli('create', '--to-sink', ...args);
    return /^SESSION +(\S+)$/m.exec(stdout)?.[1] ?? stdout;
  };
  return { ...made, cli, created };
};

describe('skald replay', () => {
  it('previews what would be replayed', async () => {
    const { cli } = await world();
    const { exitCode, stdout } = await cli('preview', '--category', 'saga', '--exclude-type', 'SagaStarted');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^EVENTS +1$/m);
    expect(stdout).toMatch(/^saga-a +1 +StepSucceeded/m);
    expect(stdout).not.toContain('instance-7');
  });

  it('makes a session, starts, pauses, resumes and cancels it', async () => {
    const { cli, created, view } = await world();
    const id = await created(
      '--flow-id',
      replay.SESSION,
      '--speed',
      '0.5',
      '--stop-at-errors',
      '--max-events',
      '9',
    );
    expect(await view(id)).toMatchObject({
      ...{ status: 'CREATED', target: { kind: 'sink' }, speed: 0.5, skipErrors: false, maxEvents: 9 },
      filter: { flowId: replay.SESSION, types: [] },
    });
    expect(await cli('pause', id)).toMatchObject({ exitCode: 4 });
    for (const [verb, status] of [
      ['start', 'RUNNING'],
      ['pause', 'PAUSED'],
      ['resume', 'RUNNING'],
      ['cancel', 'CANCELLED'],
    ] as const) {
      const { exitCode, stdout } = await cli(verb, id, '--reason', 'so it is');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`^STATUS +${status}$`, 'm'));
    }
    expect(await cli('start', id)).toMatchObject({ exitCode: 4 });
    expect(await cli('get', replay.SESSION)).toMatchObject({ exitCode: 3 });
  });

  it('waits until a session has ended, and says how', async () => {
    const { cli, created, run, target } = await world();
    const id = await created();
    const waiting = cli('start', id, '--wait', '30');
    await expect.poll(async () => (await cli('get', id)).stdout).toMatch(/RUNNING/);
    await run(id);
    const { exitCode, stdout } = await waiting;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^STATUS +COMPLETED$/m);
    const bad = await created('--stop-at-errors');
    target.answer = () => ({ kind: 'failed', code: 'no_answer', detail: 'nobody is there' });
    await cli('start', bad);
    await run(bad);
    const ended = await cli('get', bad);
    expect(ended.stdout).toMatch(/^WHY +nobody is there$/m);
    expect(ended.stdout).toContain('What did not arrive');
  });

  it('lists sessions, and shows what a sink holds', async () => {
    const { cli, created } = await world();
    expect((await cli('list')).stdout).toMatch(new RegExp(`^${replay.SESSION} +RUNNING +- +sink`, 'm'));
    const records = await cli('records', await created());
    expect(records.stdout).toMatch(/^saga-a +1 +StepSucceeded/m);
  });

  it.each([
    [['create']],
    [['create', '--to-sink', '--to-topic', 'x']],
    [['create', '--to-sink', '--speed', '0']],
    [['create', '--to-file', '../x']],
    [['create', '--to-sink', '--from', 'yesterday']],
  ])('refuses %j', async (args) => {
    const { cli } = await world();
    expect(await cli(...args)).toMatchObject({ exitCode: 2 });
  });
});
