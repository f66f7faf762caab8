import type { EngineSettings } from '../../src/commands/engine/engine.ts';
import type { RegisterInput } from '../../src/commands/orchestration/register-input.ts';
import { assemble } from './assemble.ts';
import type { Assembled, Assembly } from './assemble.ts';
import { workerRegistration } from './definitions.ts';
import { noFaults } from './faults.ts';
import { prng } from '../../sdk/simulator/prng.ts';
import { drive } from '../../sdk/simulator/scheduler.ts';
import type { Choose } from '../../sdk/simulator/scheduler.ts';
import { INPUT, registerSurely } from './workers.ts';

const CLIENT = { actor: { kind: 'user', id: 'client', source: 'http' } } as const;
const LEASE_MS = 30_000;
const MAX_STEPS = 2_000_000;

/** One process, or those of `more`, in which nothing goes wrong, with the sweep off; things run in the order they come. */
export const calmSim = (
  pace: EngineSettings['pace'],
  choose: Choose = () => 0,
  more: Partial<Pick<Assembly, 'shared' | 'mutation'>> = {},
): Assembled =>
  assemble({
    random: prng(1),
    faults: noFaults(),
    choose,
    note: () => undefined,
    settings: { leaseMs: LEASE_MS, sweepMs: null, pace },
    shared: null,
    behindMs: 0,
    keepsClaims: true,
    cacheBytes: 64 * 1024 * 1024,
    mutation: {},
    ...more,
  });

type Step = Partial<RegisterInput['steps'][number]> & { readonly name: string };

const policy = {
  maxRetries: 2,
  backoffMs: 1000,
  factor: 2,
  maxBackoffMs: 60_000,
  jitter: 0.5,
  nonRetryable: [],
};

/** A sequential definition of these steps. */
export const sequence = (orchName: string, steps: readonly Step[]): RegisterInput => ({
  orchName,
  as: 'initiator',
  type: 'sequential',
  transport: 'http',
  onUndoFailure: 'stop',
  service: 'initiator',
  steps: steps.map((step, index) => ({
    seq: index + 1,
    objectType: 'thing',
    dependsOn: null,
    timeoutMs: 60_000,
    scheduleTimeoutMs: null,
    retry: policy,
    undo: true,
    onMissingWorker: 'wait',
    ...step,
  })),
});

export const registerWorker = (sim: Assembled, orchName: string, steps: readonly string[]): Promise<void> =>
  registerSurely(sim, workerRegistration(sim.random, orchName, 'the-service', steps));

export const startRun = async (sim: Assembled, orchName: string): Promise<void> => {
  const payload = Buffer.from(INPUT);
  const asked = await sim.cluster.ask('start', (world) => world.startSaga({ orchName, payload }, CLIENT));
  if (asked.kind === 'lost' || asked.value.kind !== 'done') throw new Error('the run did not start');
};

/** Runs until the condition holds; throws where an invariant does not, or the condition never does. */
export const until = async (sim: Assembled, holds: () => boolean): Promise<void> => {
  const isOver = (): boolean => sim.violation() !== undefined || holds();
  const ended = await drive(sim.scheduler, isOver, MAX_STEPS);
  if (!ended || sim.violation() !== undefined) throw new Error(sim.violation() ?? 'nothing more happens');
};

/** What was written of runs, in that order. */
export const typesIn = (sim: Assembled): readonly string[] =>
  sim.log
    .all()
    .filter(({ stream }) => stream.startsWith('saga-'))
    .map(({ type }) => type);

/** The first run there is. */
export const runOf = (sim: Assembled) => {
  const [run] = sim.model.runs.values();
  if (run === undefined) throw new Error('there is no run');
  return run;
};
