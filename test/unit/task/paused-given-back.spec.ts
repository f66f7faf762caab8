// Tasks of a run that is paused: nobody may be given them until it is resumed, and their time stands still.
import { expect, it } from 'vitest';
import type { WorkerTask } from '../../../src/commands/task/worker-task.ts';
import type { World } from '../../../sdk/simulator/world.ts';
import type { Assembled } from '../../simulation/assemble.ts';
import { calmSim, registerWorker, sequence, startRun, until } from '../../simulation/calm.ts';
import { registerSurely } from '../../simulation/workers.ts';

const CONTEXT = { actor: { kind: 'user', id: 'erik', source: 'http' } } as const;

/** What a call answers, with all that follows from it done. */
const asked = async <Value>(sim: Assembled, run: (world: World) => Promise<Value>): Promise<Value> => {
  const asking = sim.cluster.ask('asks', run);
  sim.run(() => asking.then(() => undefined));
  await until(sim, () => sim.busy() === 0);
  const answer = await asking;
  if (answer.kind === 'lost') throw new Error('no answer');
  return answer.value;
};

const polled = (sim: Assembled): Promise<readonly WorkerTask[]> =>
  asked(sim, (world) => world.poll({ service: 'the-service', max: 10, waitMs: 10 }, sim.never));

/** A run whose one task a worker has taken when it is paused. */
const pausedRun = async () => {
  const sim = calmSim({ batch: 50, intervalMs: 100 });
  sim.run(async () => {
    await registerSurely(sim, sequence('tenant', [{ name: 'a' }]));
    await registerWorker(sim, 'tenant', ['a']);
    await startRun(sim, 'tenant');
  });
  await until(sim, () => sim.busy() === 0);
  const tasks = await polled(sim);
  const flowId = tasks[0]?.flowId ?? '';
  await asked(sim, (world) => world.steer.pauseSaga(flowId, { timers: 'keep-due' }, CONTEXT));
  return { sim, tasks, resume: () => asked(sim, (world) => world.steer.resumeSaga(flowId, {}, CONTEXT)) };
};

it('is given to nobody, and to the next who asks once the run goes on', async () => {
  const { sim, tasks, resume } = await pausedRun();
  expect(tasks.map(({ stepName }) => stepName)).toEqual(['a']);
  await asked(sim, (world) => world.release(tasks));
  expect(await polled(sim)).toEqual([]);
  await resume();
  expect((await polled(sim)).map(({ stepName, attempt }) => [stepName, attempt])).toEqual([['a', 1]]);
});

it('is given to one of those who ask at the same time, and only once it goes on, also after a restart in between', async () => {
  const { sim, tasks, resume } = await pausedRun();
  const askTogether = () =>
    asked(sim, async (world) => {
      const asks = ['a', 'b', 'c'].map(() =>
        world.poll({ service: 'the-service', max: 10, waitMs: 10 }, sim.never),
      );
      return (await Promise.all(asks)).flat().map(({ attempt }) => attempt);
    });
  await asked(sim, (world) => world.release(tasks));
  expect(await askTogether()).toEqual([]);
  sim.cluster.crashOne();
  sim.run(() => sim.sleep(120_000));
  await until(sim, () => sim.busy() === 0);
  expect(await askTogether()).toEqual([]);
  await resume();
  expect(await askTogether()).toEqual([1]);
});

it('stays with its worker, however long the run is paused, also over a restart', async () => {
  const { sim, tasks, resume } = await pausedRun();
  sim.cluster.crashOne();
  const { flowId = '', stepName = '' } = tasks[0] ?? {};
  const on = { flowId, stepName, action: 'DO', attempt: 1 } as const;
  const resumeAt = sim.scheduler.now() + 3_600_000;
  sim.run(async () => {
    while (sim.scheduler.now() < resumeAt) {
      await sim.sleep(10_000);
      await sim.cluster.ask('is heard', (world) => world.heartbeat([on]));
    }
  });
  await until(sim, () => sim.busy() === 0);
  await resume();
  sim.run(() => sim.sleep(5000));
  await until(sim, () => sim.busy() === 0);
  const answer = { ...on, metadata: { status: 'SUCCESS' } } as const;
  expect(await asked(sim, (world) => world.answer([answer], CONTEXT))).toMatchObject([
    { outcome: 'accepted' },
  ]);
});
