// Who was the reactor and does not know that it is not any more, at its worst moments.
import { describe, expect, it } from 'vitest';
import type { Mutation, Ports } from '../../sdk/simulator/world.ts';
import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import type { TaskQueue } from '../../src/infra/task-queue/port.ts';
import type { Assembled } from '../simulation/assemble.ts';
import { calmSim, registerWorker, runOf, sequence, startRun, typesIn, until } from '../simulation/calm.ts';
import { isAtRest, statusOfRun } from '../simulation/model-run.ts';
import { registerSurely } from '../simulation/workers.ts';

const SHARED = { reactors: [true, true], leaseMs: 3000 };
/** In the order in which they are started. */
const OWNERS = ['p0-1', 'p1-2'];
// Longer than it takes to be replaced, shorter than a worker's lease.
const ASLEEP_MS = 20_000;
const CONTEXT = { actor: { kind: 'service', id: 'worker', source: 'http' } } as const;
const retry = { ...{ maxRetries: 0, backoffMs: 0, factor: 1, maxBackoffMs: 0, jitter: 0 }, nonRetryable: [] };
const UNTAKEN = { name: 'a', scheduleTimeoutMs: 3000, retry };

type FallAsleep = () => void;

/** Two processes. `change` is given the queue of each, and what makes its process fall asleep, the first time only. */
const twoReactors = (change: (queue: TaskQueue, fallAsleep: FallAsleep) => Partial<TaskQueue>) => {
  let started = 0;
  let asleepAt: number | undefined;
  const ports = (given: Ports): Ports => {
    const owner = OWNERS[started] ?? '';
    started += 1;
    const fallAsleep = (): void => {
      if (asleepAt !== undefined) return;
      asleepAt = sim.scheduler.now();
      sim.scheduler.stall(owner, ASLEEP_MS);
    };
    return { ...given, queue: { ...given.queue, ...change(given.queue, fallAsleep) } };
  };
  const mutation: Mutation = { ports };
  const sim = calmSim({ batch: 50, intervalMs: 100 }, () => 0, { shared: SHARED, mutation });
  const isAsleep = () => asleepAt !== undefined;
  const isAwakeAgain = () => asleepAt !== undefined && sim.scheduler.now() > asleepAt + ASLEEP_MS + 5000;
  return { sim, isAsleep, isAwakeAgain };
};

const started = async (sim: Assembled, step: Parameters<typeof sequence>[1][number]): Promise<void> => {
  const done = () => sim.busy() === 0;
  sim.run(() => registerSurely(sim, sequence('tenant', [step])));
  await until(sim, done);
  sim.run(() => registerWorker(sim, 'tenant', ['a']));
  await until(sim, done);
  sim.run(() => startRun(sim, 'tenant'));
  await until(sim, done);
};

/** Asks so often that the process that is awake is asked too. */
const askAll = (sim: Assembled, ask: () => Promise<unknown>): void => {
  for (let times = 0; times < 10; times += 1) void ask().catch(sim.fail);
};

/** Workers that wait for whatever is given out from now on. */
const polling = (sim: Assembled) => {
  const given: WorkerTask[] = [];
  const input = { service: 'the-service', max: 1, waitMs: 2 * ASLEEP_MS };
  askAll(sim, async () => {
    const asked = await sim.cluster.ask('poll', (world) => world.poll(input, sim.never));
    if (asked.kind === 'answer') given.push(...asked.value);
  });
  return given;
};

const answer = (sim: Assembled, { flowId, attempt }: WorkerTask): void => {
  const sent = { flowId, stepName: 'a', action: 'DO', attempt, metadata: { status: 'SUCCESS' } } as const;
  askAll(sim, () => sim.cluster.ask('answer', (world) => world.answer([sent], CONTEXT)));
};

describe('a reactor that falls asleep and is replaced', () => {
  it('before it writes that nobody took a task leaves it to nobody, and the next one writes it once', async () => {
    const { sim, isAsleep, isAwakeAgain } = twoReactors((queue, fallAsleep) => ({
      retire: async (taskId, attempt) => {
        const isRetired = await queue.retire(taskId, attempt);
        fallAsleep();
        return isRetired;
      },
    }));
    await started(sim, UNTAKEN);
    await until(sim, isAsleep);
    expect(typesIn(sim).at(-1)).toBe('StepDispatched');
    const given = polling(sim);
    await until(sim, () => isAtRest(runOf(sim)));
    expect(isAwakeAgain()).toBe(false);
    await until(sim, isAwakeAgain);
    expect(given).toEqual([]);
    expect(statusOfRun(runOf(sim))).toBe('FAILED');
    expect(typesIn(sim).filter((type) => type === 'StepTimedOut')).toHaveLength(1);
  });

  it('before it asks whether somebody took a task writes nothing when it wakes up, as somebody did', async () => {
    const { sim, isAsleep, isAwakeAgain } = twoReactors((queue, fallAsleep) => ({
      retire: (taskId, attempt) => {
        fallAsleep();
        return queue.retire(taskId, attempt);
      },
    }));
    await started(sim, { ...UNTAKEN, timeoutMs: 4 * ASLEEP_MS });
    await until(sim, isAsleep);
    const given = polling(sim);
    await until(sim, () => given.length > 0);
    await until(sim, isAwakeAgain);
    for (const task of given) answer(sim, task);
    await until(sim, () => isAtRest(runOf(sim)));
    expect(given).toHaveLength(1);
    expect(statusOfRun(runOf(sim))).toBe('COMPLETED');
    expect(typesIn(sim)).not.toContain('StepTimedOut');
  });

  it('before it takes a paused task off offer gives it back when the run was resumed meanwhile', async () => {
    const { sim, isAsleep, isAwakeAgain } = twoReactors((queue, fallAsleep) => ({
      withdraw: (taskId) => {
        fallAsleep();
        return queue.withdraw(taskId);
      },
    }));
    await started(sim, { name: 'a' });
    const { flowId } = runOf(sim);
    const pause = { timers: 'keep-due' } as const;
    sim.run(async () => {
      await sim.cluster.ask('pause', (world) => world.steer.pauseSaga(flowId, pause, CONTEXT));
    });
    await until(sim, isAsleep);
    askAll(sim, () => sim.cluster.ask('resume', (world) => world.steer.resumeSaga(flowId, {}, CONTEXT)));
    await until(sim, () => !runOf(sim).isPaused);
    await until(sim, isAwakeAgain);
    const given = polling(sim);
    await until(sim, () => given.length > 0);
    for (const task of given) answer(sim, task);
    await until(sim, () => isAtRest(runOf(sim)));
    expect(statusOfRun(runOf(sim))).toBe('COMPLETED');
  });
});

describe('a process that dies before it writes that nobody took a task', () => {
  it('is followed by one that writes it, once', async () => {
    let deaths = 0;
    const ports = ({ queue, ...others }: Ports): Ports => ({
      ...others,
      queue: {
        ...queue,
        retire: async (taskId, attempt) => {
          const isRetired = await queue.retire(taskId, attempt);
          if (isRetired && deaths === 0) {
            deaths += 1;
            sim.cluster.crashOne();
          }
          return isRetired;
        },
      },
    });
    const sim = calmSim({ batch: 50, intervalMs: 100 }, () => 0, { mutation: { ports } });
    await started(sim, UNTAKEN);
    await until(sim, () => isAtRest(runOf(sim)));
    expect(deaths).toBe(1);
    expect(statusOfRun(runOf(sim))).toBe('FAILED');
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched', 'StepTimedOut', 'SagaFailed']);
  });
});

describe('a task that a worker gives back after its deadline', () => {
  it('is said to have been taken by nobody, at most a lease later', async () => {
    const sim = calmSim({ batch: 50, intervalMs: 100 });
    await started(sim, UNTAKEN);
    const takenAt = sim.scheduler.now();
    const given: WorkerTask[] = [];
    const input = { service: 'the-service', max: 1, waitMs: 0 };
    sim.run(async () => {
      const asked = await sim.cluster.ask('poll', (world) => world.poll(input, sim.never));
      if (asked.kind === 'answer') given.push(...asked.value);
    });
    await until(
      sim,
      () => given.length > 0 && sim.scheduler.now() > takenAt + UNTAKEN.scheduleTimeoutMs + 1000,
    );
    expect(typesIn(sim).at(-1)).toBe('StepDispatched');
    sim.run(async () => {
      await sim.cluster.ask('give back', (world) => Promise.resolve(world.release(given)));
    });
    await until(sim, () => isAtRest(runOf(sim)));
    expect(typesIn(sim)).toEqual(['SagaStarted', 'StepDispatched', 'StepTimedOut', 'SagaFailed']);
  });
});
