import { describe, expect, it } from 'vitest';
import type { Assembled } from '../simulation/assemble.ts';
import { calmSim, registerWorker, sequence, startRun, until } from '../simulation/calm.ts';
import { everyOrder } from '../simulation/enumerate.ts';
import type { Choose } from '../../sdk/simulator/scheduler.ts';
import { isAtRest, statusOfRun } from '../simulation/model-run.ts';
import { registerSurely, runService } from '../simulation/workers.ts';

const PACE = { batch: 50, intervalMs: 100 };
/** Every write, its acknowledgement, every delivery to the reactor, reads of registrations, and the start itself. */
const RACES = /^(appends|learns|is given a batch|reads orchestration|keys.seal)/;

const eventsOf = (sim: Assembled, type: string) => sim.log.all().filter((event) => event.type === type);
const runsOf = (sim: Assembled) => [...sim.model.runs.values()];

/** Ends with the run dispatched in the same instant in which it waited; the sweep is off. */
const race = async (choose: Choose): Promise<readonly string[]> => {
  let isRacing = false;
  const sim = calmSim(PACE, (items) => (isRacing ? choose(items) : 0));
  sim.run(() => registerSurely(sim, sequence('tenant', [{ name: 'a' }])));
  await until(sim, () => sim.busy() === 0);
  const begun = sim.scheduler.now();
  isRacing = true;
  sim.run(() => startRun(sim, 'tenant'));
  sim.run(() => registerWorker(sim, 'tenant', ['a']));
  await until(sim, () => eventsOf(sim, 'StepDispatched').length === 1 || sim.scheduler.now() > begun);
  expect(eventsOf(sim, 'StepDispatched')).toHaveLength(1);
  expect(sim.scheduler.now()).toBe(begun);
  return sim.log.all().map(({ type }) => type);
};

describe('a run that waits for a worker', () => {
  it('goes on at once when the worker registers, whichever comes first, in every order of writes and deliveries', async () => {
    const histories = new Set<string>();
    const ways = await everyOrder(
      (label) => RACES.test(label),
      async (choose) => {
        const history = await race(choose);
        histories.add(history.join(' '));
      },
    );
    expect(ways).toBeGreaterThan(100);
    const ordered = [...histories]
      .map((text) => text.replaceAll(/DefinitionRegistered |SagaStarted /g, ''))
      .sort();
    // It waited before the registration was written, waited after it, or had no reason to wait.
    expect(new Set(ordered)).toEqual(
      new Set([
        'StepWaiting WorkersRegistered StepHealed StepDispatched',
        'WorkersRegistered StepDispatched',
        'WorkersRegistered StepWaiting StepHealed StepDispatched',
      ]),
    );
  }, 60_000);

  it('is let go at the pace that is set, however many wait, and ends', async () => {
    const sim = calmSim(PACE);
    sim.run(() => registerSurely(sim, sequence('tenant', [{ name: 'a' }])));
    await until(sim, () => sim.busy() === 0);
    for (let run = 0; run < 1000; run += 1) sim.run(() => startRun(sim, 'tenant'));
    await until(sim, () => sim.busy() === 0);
    expect(runsOf(sim).every((run) => statusOfRun(run) === 'WAITING')).toBe(true);
    sim.turn('calm');
    void runService(sim, 'tenant', 'the-service', ['a']).catch(sim.fail);
    await until(sim, () => runsOf(sim).every(isAtRest));
    expect(runsOf(sim).map(statusOfRun)).toEqual(Array.from({ length: 1000 }, () => 'COMPLETED'));
    const released = Map.groupBy(eventsOf(sim, 'StepHealed'), ({ metadata }) =>
      Date.parse(metadata.recordedAt),
    );
    const times = [...released.keys()];
    expect([...released.values()].every((together) => together.length <= PACE.batch)).toBe(true);
    expect(times.every((time, at) => at === 0 || time - (times[at - 1] ?? 0) >= PACE.intervalMs)).toBe(true);
    expect(times).toHaveLength(1000 / PACE.batch);
  }, 60_000);
});
