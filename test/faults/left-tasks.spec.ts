// Tasks on offer when the last service that could take them gives their step up.
import { describe, expect, it } from 'vitest';
import type { Ports } from '../../sdk/simulator/world.ts';
import { ENGINE } from '../../src/commands/task/engine-claim.ts';
import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import type { ClaimedTask } from '../../src/infra/task-queue/port.ts';
import type { Assembled } from '../simulation/assemble.ts';
import { calmSim, registerWorker, runOf, sequence, startRun, typesIn, until } from '../simulation/calm.ts';
import { isAtRest, statusOfRun } from '../simulation/model-run.ts';
import { registerSurely } from '../simulation/workers.ts';

const PACE = { batch: 50, intervalMs: 100 };
const GRACE_MS = 60_000;
const LEASE_MS = 30_000;
// How often it looks, and a reaction of its own.
const LATE_MS = 15_000;
const CONTEXT = { actor: { kind: 'service', id: 'worker', source: 'http' } } as const;
const STEP = { name: 'a' };

const done = async (sim: Assembled, task: () => Promise<unknown>): Promise<void> => {
  sim.run(async () => {
    await task();
  });
  await until(sim, () => sim.busy() === 0);
};
const comes = (sim: Assembled) => done(sim, () => registerWorker(sim, 'tenant', ['a']));
/** A registration replaces the one before. */
const leaves = (sim: Assembled) => done(sim, () => registerWorker(sim, 'tenant', ['elsewhere']));
const passes = async (sim: Assembled, ms: number): Promise<void> => {
  const end = sim.scheduler.now() + ms;
  await until(sim, () => sim.scheduler.now() >= end);
};

/** One run, whose task is on offer. */
const started = async (sim: Assembled, step: Parameters<typeof sequence>[1][number] = STEP) => {
  await done(sim, () => registerSurely(sim, sequence('tenant', [step])));
  await comes(sim);
  await done(sim, () => startRun(sim, 'tenant'));
};

const polled = async (sim: Assembled): Promise<readonly WorkerTask[]> => {
  const given: WorkerTask[] = [];
  await done(sim, async () => {
    const input = { service: 'the-service', max: 1, waitMs: 1000 };
    const asked = await sim.cluster.ask('poll', (world) => world.poll(input, sim.never));
    if (asked.kind === 'answer') given.push(...asked.value);
  });
  return given;
};

const answers = (sim: Assembled, given: readonly WorkerTask[]) =>
  done(sim, () => {
    const sent = given.map(({ flowId, attempt }) => ({
      ...{ flowId, attempt, stepName: 'a', action: 'DO' as const },
      metadata: { status: 'SUCCESS' as const },
    }));
    return sim.cluster.ask('answer', (world) => world.answer(sent, CONTEXT));
  });

/** Does something once, between the engine's claim and what it writes. */
const betweenClaimAndWrite = (
  act: (sim: Assembled, claimed: readonly ClaimedTask[]) => Promise<void> | void,
  shared: { readonly reactors: readonly boolean[]; readonly leaseMs: number } | null = null,
) => {
  let acted = 0;
  const ports = ({ queue, ...others }: Ports): Ports => ({
    ...others,
    queue: {
      ...queue,
      claim: async (request) => {
        const claimed = await queue.claim(request);
        if (request.by !== ENGINE || claimed.length === 0 || acted > 0) return claimed;
        acted += 1;
        await act(sim, claimed);
        return claimed;
      },
    },
  });
  const sim = calmSim(PACE, () => 0, { shared, mutation: { ports } });
  return { sim, acted: () => acted };
};

describe('a task on offer whose last service has left', () => {
  it('is taken back after the grace, waits for a worker, and goes on when one comes', async () => {
    const sim = calmSim(PACE);
    await started(sim);
    await leaves(sim);
    await passes(sim, GRACE_MS - 1000);
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched']);
    await passes(sim, LATE_MS);
    expect(typesIn(sim).slice(2)).toEqual(['StepTakenBack', 'StepWaiting']);
    expect(statusOfRun(runOf(sim))).toBe('WAITING');
    expect(await polled(sim)).toEqual([]);
    await comes(sim);
    await until(sim, () => typesIn(sim).length === 6);
    expect(typesIn(sim).slice(4)).toEqual(['StepHealed', 'StepDispatched']);
    const given = await polled(sim);
    expect(given.map(({ attempt }) => attempt)).toEqual([2]);
    await answers(sim, given);
    expect(statusOfRun(runOf(sim))).toBe('COMPLETED');
  });

  it('fails where its step is not to wait, as it would have at its dispatch', async () => {
    const sim = calmSim(PACE);
    await started(sim, { ...STEP, onMissingWorker: 'fail' });
    await leaves(sim);
    await passes(sim, GRACE_MS + LATE_MS);
    expect(typesIn(sim).slice(2)).toEqual(['StepTakenBack', 'StepFailed', 'SagaFailed']);
  });

  it('stays on offer where a service comes back within the grace, however often it goes', async () => {
    const sim = calmSim(PACE);
    await started(sim, { ...STEP, onMissingWorker: 'fail' });
    for (let times = 0; times < 5; times += 1) {
      await leaves(sim);
      await passes(sim, GRACE_MS - 1000);
      await comes(sim);
      await passes(sim, 1000);
    }
    await answers(sim, await polled(sim));
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched', 'StepSucceeded', 'SagaCompleted']);
  });

  it('stays on offer while a service is silent: who is registered may come back', async () => {
    const sim = calmSim(PACE);
    await started(sim, { ...STEP, onMissingWorker: 'fail' });
    await passes(sim, 10 * GRACE_MS);
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched']);
  });

  it('stays with the worker that has claimed it', async () => {
    const sim = calmSim(PACE);
    await started(sim, { ...STEP, timeoutMs: 20 * GRACE_MS });
    const given = await polled(sim);
    await leaves(sim);
    const beat = given.map(({ flowId, attempt }) => ({
      ...{ flowId, attempt, stepName: 'a', action: 'DO' as const },
    }));
    for (let beats = 0; beats < 10; beats += 1) {
      await done(sim, () => sim.cluster.ask('heartbeat', (world) => world.heartbeat(beat)));
      await passes(sim, LEASE_MS / 2);
    }
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched']);
    await answers(sim, given);
    expect(statusOfRun(runOf(sim))).toBe('COMPLETED');
  });

  it('is taken back when the worker that had claimed it gives it back after all', async () => {
    const sim = calmSim(PACE);
    await started(sim, { ...STEP, timeoutMs: 20 * GRACE_MS });
    const given = await polled(sim);
    await leaves(sim);
    await passes(sim, LEASE_MS / 2);
    await done(sim, () => sim.cluster.ask('give back', (world) => Promise.resolve(world.release(given))));
    await passes(sim, GRACE_MS + LATE_MS);
    expect(typesIn(sim).slice(2)).toEqual(['StepTakenBack', 'StepWaiting']);
  });

  it('is taken back by the process that follows one that stopped before the grace was over', async () => {
    const sim = calmSim(PACE);
    await started(sim);
    await leaves(sim);
    await passes(sim, GRACE_MS / 2);
    sim.cluster.crashOne();
    await passes(sim, 2 * GRACE_MS + LATE_MS);
    expect(typesIn(sim).slice(2)).toEqual(['StepTakenBack', 'StepWaiting']);
  });

  it('stays as it is while the run is paused, and is taken back when it goes on', async () => {
    const sim = calmSim(PACE);
    await started(sim);
    const { flowId } = runOf(sim);
    const pause = { timers: 'keep-due' } as const;
    await done(sim, () => sim.cluster.ask('pause', (world) => world.steer.pauseSaga(flowId, pause, CONTEXT)));
    await leaves(sim);
    await passes(sim, 2 * GRACE_MS);
    expect(typesIn(sim).at(-1)).toBe('SagaPaused');
    await done(sim, () => sim.cluster.ask('resume', (world) => world.steer.resumeSaga(flowId, {}, CONTEXT)));
    await passes(sim, LATE_MS);
    expect(typesIn(sim).slice(-2)).toEqual(['StepTakenBack', 'StepWaiting']);
  });
});

describe('an engine that has made sure that nobody takes a task', () => {
  it('and dies before it writes so is followed by one that writes it, once', async () => {
    const { sim, acted } = betweenClaimAndWrite(() => {
      sim.cluster.crashOne();
    });
    await started(sim);
    await leaves(sim);
    await until(sim, () => acted() === 1);
    expect(typesIn(sim).at(-1)).toBe('StepDispatched');
    await passes(sim, 4 * GRACE_MS);
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched', 'StepTakenBack', 'StepWaiting']);
  });

  it('and dies leaves the task to a service that comes back before the next one is there', async () => {
    const shared = { reactors: [true], leaseMs: 3000 };
    const { sim, acted } = betweenClaimAndWrite(() => {
      sim.cluster.crashOne();
    }, shared);
    await started(sim, { ...STEP, onMissingWorker: 'fail' });
    await leaves(sim);
    await until(sim, () => acted() === 1);
    await comes(sim);
    let given: readonly WorkerTask[] = [];
    for (let polls = 0; given.length === 0 && polls < 100; polls += 1) {
      await passes(sim, 1000);
      given = await polled(sim);
    }
    await answers(sim, given);
    expect(typesIn(sim)).toEqual([
      ...['SagaStarted', 'StepDispatched', 'StepTakenBack', 'StepDispatched'],
      ...['StepSucceeded', 'SagaCompleted'],
    ]);
  });

  it('and falls asleep writes nothing when it wakes up, as the next one did', async () => {
    const { sim, acted } = betweenClaimAndWrite(
      () => {
        sim.scheduler.stall('p0-1', 3 * GRACE_MS);
      },
      { reactors: [true, true], leaseMs: 3000 },
    );
    await started(sim);
    await leaves(sim);
    await until(sim, () => acted() === 1);
    await passes(sim, LEASE_MS / 2);
    expect(typesIn(sim).at(-1)).toBe('StepDispatched');
    await passes(sim, 2 * LEASE_MS);
    expect(typesIn(sim).slice(2)).toEqual(['StepTakenBack', 'StepWaiting']);
    await passes(sim, 4 * GRACE_MS);
    expect(typesIn(sim)).toHaveLength(4);
  });

  it('leaves it be where the run is paused just then, and it is on offer again when it goes on', async () => {
    const { sim, acted } = betweenClaimAndWrite(async () => {
      const { flowId } = runOf(sim);
      const pause = { timers: 'keep-due' } as const;
      await sim.cluster.ask('pause', (world) => world.steer.pauseSaga(flowId, pause, CONTEXT));
    });
    await started(sim);
    await leaves(sim);
    await until(sim, () => acted() === 1);
    await passes(sim, GRACE_MS);
    expect(typesIn(sim).at(-1)).toBe('SagaPaused');
    await comes(sim);
    const { flowId } = runOf(sim);
    await done(sim, () => sim.cluster.ask('resume', (world) => world.steer.resumeSaga(flowId, {}, CONTEXT)));
    const given = await polled(sim);
    expect(given.map(({ attempt }) => attempt)).toEqual([1]);
    await answers(sim, given);
    expect(typesIn(sim)).not.toContain('StepTakenBack');
    expect(statusOfRun(runOf(sim))).toBe('COMPLETED');
  });

  it('has the next attempt handed out where a service comes back just then', async () => {
    const { sim, acted } = betweenClaimAndWrite(() => registerWorker(sim, 'tenant', ['a']));
    await started(sim, { ...STEP, onMissingWorker: 'fail' });
    await leaves(sim);
    await until(sim, () => acted() === 1 && sim.busy() === 0);
    await passes(sim, 1000);
    expect(typesIn(sim).slice(2)).toEqual(['StepTakenBack', 'StepDispatched']);
    await answers(sim, await polled(sim));
    expect(isAtRest(runOf(sim))).toBe(true);
    expect(statusOfRun(runOf(sim))).toBe('COMPLETED');
  });
});
