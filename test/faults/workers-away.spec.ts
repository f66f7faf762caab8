import { describe, expect, it } from 'vitest';
import type { Assembled } from '../simulation/assemble.ts';
import { calmSim, registerWorker, sequence, startRun, until } from '../simulation/calm.ts';
import { isAtRest, statusOfRun } from '../simulation/model-run.ts';
import { registerSurely, runService } from '../simulation/workers.ts';

const RUNS = 1000;
const AWAY_MS = 5 * 60_000;
const STEPS = ['a', 'b', 'c'];

const countOf = (sim: Assembled, ...types: string[]) =>
  sim.log.all().filter(({ type }) => types.includes(type)).length;

describe('all workers away for five minutes', () => {
  it('fails nothing under 1,000 open runs, and everything ends when they are back', async () => {
    const sim = calmSim({ batch: 100, intervalMs: 100 });
    const retry = { maxRetries: 0, backoffMs: 0, factor: 1, maxBackoffMs: 0, jitter: 0, nonRetryable: [] };
    const steps = [
      { name: 'a', retry },
      { name: 'b', timeoutMs: 40_000 },
      { name: 'c', timeoutMs: 31_000 },
    ];
    sim.run(() => registerSurely(sim, sequence('tenant', steps)));
    sim.run(() => registerWorker(sim, 'tenant', STEPS));
    await until(sim, () => sim.busy() === 0);
    for (let run = 0; run < RUNS; run += 1) sim.run(() => startRun(sim, 'tenant'));
    await until(sim, () => countOf(sim, 'SagaStarted') === RUNS);
    // They take what they can carry, and are never heard of again.
    const poll = { service: 'the-service', max: 100, waitMs: 1000 };
    sim.run(async () => {
      for (let polls = 0; polls < 3; polls += 1)
        await sim.cluster.ask('poll', (world) => world.poll(poll, new AbortController().signal));
    });
    const goneAt = sim.scheduler.now();
    await until(sim, () => sim.scheduler.now() >= goneAt + AWAY_MS);
    expect(countOf(sim, 'StepLapsed')).toBe(300);
    expect(
      countOf(sim, 'StepFailed', 'StepTimedOut', 'StepRetryScheduled', 'SagaFailed', 'UndoStarted'),
    ).toBe(0);
    expect([...sim.model.runs.values()].map(statusOfRun)).toEqual(
      Array.from({ length: RUNS }, () => 'IN_PROGRESS'),
    );

    sim.turn('calm');
    for (let worker = 0; worker < 4; worker += 1)
      void runService(sim, 'tenant', 'the-service', STEPS).catch(sim.fail);
    await until(sim, () => [...sim.model.runs.values()].every(isAtRest));
    expect([...sim.model.runs.values()].map(statusOfRun)).toEqual(
      Array.from({ length: RUNS }, () => 'COMPLETED'),
    );
    expect(countOf(sim, 'StepFailed', 'StepTimedOut', 'StepRetryScheduled', 'UndoStarted')).toBe(0);
  }, 60_000);
});
