import { verifyChain } from '../support/verify-chain.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { runClient, runInitiator } from './clients.ts';
import { assemble } from './assemble.ts';
import type { Assembled, Assembly } from './assemble.ts';
import { drawFaults } from './faults.ts';
import type { FaultCounts } from './faults.ts';
import { brokenPromise } from './history.ts';
import { isAtRest, statusOfRun } from './model-run.ts';
import { runOperator } from './operator.ts';
import { doubled, mismatch } from './outside.ts';
import { runTimerOperator } from './timer-operator.ts';
import { prng } from '../../sdk/simulator/prng.ts';
import type { Prng } from '../../sdk/simulator/prng.ts';
import { drive } from '../../sdk/simulator/scheduler.ts';
import type { Sim } from './sim.ts';
import { createTrace } from '../../sdk/simulator/trace.ts';
import { runService, servicesOf } from './workers.ts';
import type { Mutation } from '../../sdk/simulator/world.ts';

export type Outcome = {
  readonly seed: number;
  /** The first invariant that did not hold; undefined when all did. */
  readonly violation: string | undefined;
  readonly trace: { readonly hash: string; readonly lines: readonly string[] };
  readonly steps: number;
  readonly events: number;
  readonly faults: FaultCounts;
  /** Every state any run was in. */
  readonly states: ReadonlySet<string>;
  /** Everything that is in the log. */
  readonly log: readonly StoredEvent[];
};

const MAX_SAFETY_STEPS = 900;
const MAX_LIVENESS_STEPS = 60_000;

/** One seed: a phase in which anything may go wrong, then one in which everything must come to an end. */
export const simulate = async (
  seed: number,
  { mutation = {}, keepTrace = false }: { readonly mutation?: Mutation; readonly keepTrace?: boolean } = {},
): Promise<Outcome> => {
  const trace = createTrace(keepTrace);
  const sim = assemble(drawn(seed, mutation, trace.note));
  const { scheduler, random, faults, log } = sim;
  const hasFailed = (): boolean => sim.violation() !== undefined;
  populate(sim);
  const disturbed = { step: () => (disturb(sim), scheduler.step()) };
  await drive(disturbed, hasFailed, random.between(50, MAX_SAFETY_STEPS));
  trace.note('--- faults are over');
  faults.stop();
  sim.turn('calm');
  const ended = await drive(scheduler, () => hasFailed() || isEnded(sim), MAX_LIVENESS_STEPS);
  if (!ended) sim.fail(new Error(`I-27 no end in sight: ${standing(sim)}`));
  sim.guard(() => {
    checkEnd(sim);
  });
  sim.turn('over');
  return {
    seed,
    violation: sim.violation(),
    trace: trace.result(),
    steps: scheduler.steps(),
    events: log.all().length,
    faults: faults.counts,
    states: sim.states,
    log: log.all(),
  };
};

/** What is left to chance before anything happens. */
const drawn = (seed: number, mutation: Mutation, note: (line: string) => void): Assembly => {
  const random = prng(seed);
  const faults = drawFaults(random);
  const settings = {
    leaseMs: random.pick([5000, 30_000]),
    leaseCheckMs: random.pick([1000, 5000, 15_000]),
    // Without the sweep nothing looks again after a run that could not be read.
    sweepMs: faults.has('read-fails') || random.chance(0.3) ? 60_000 : null,
    pace: { batch: random.between(1, 5), intervalMs: random.pick([0, 100, 1000]) },
    graceMs: random.pick([1200, 1200, 60_000]),
  };
  const shared = random.chance(0.5)
    ? { reactors: reactorsOf(random), leaseMs: random.pick([3000, 15_000]) }
    : null;
  const behindMs = faults.hits('clocks-differ') ? 3000 : 0;
  const keepsClaims = !faults.hits('claims-are-lost');
  const cacheBytes = random.pick([1, 5000, 1_000_000]);
  const choose = (items: readonly unknown[]): number => random.below(items.length);
  return { random, faults, choose, note, settings, shared, behindMs, keepsClaims, cacheBytes, mutation };
};

/** Two or three processes, of which at least one may be the reactor. */
const reactorsOf = (random: Prng): readonly boolean[] => [
  true,
  ...Array.from({ length: random.between(1, 2) }, () => random.chance(0.7)),
];

/** Who goes on for ever: the services and the operator. */
const populate = (sim: Assembled): void => {
  const { random, run } = sim;
  const orchestrations = Array.from({ length: random.between(1, 2) }, (_, index) => `orch${index}`);
  for (const orchName of orchestrations) {
    run(() => runInitiator(sim, orchName));
    for (const [service, steps] of servicesOf(sim, orchName))
      forEver(sim, () => runService(sim, orchName, service, steps));
  }
  for (let client = random.between(1, 4); client > 0; client -= 1)
    run(() => runClient(sim, random.pick(orchestrations), client));
  const clearsUp = random.chance(0.5);
  forEver(sim, () => runOperator(sim, clearsUp));
  run(() => runTimerOperator(sim));
};

const forEver = ({ fail }: Sim, task: () => Promise<void>): void => {
  task().catch(fail);
};

const disturb = ({ faults, scheduler, cluster, random }: Sim): void => {
  if (faults.hits('clock-jumps')) scheduler.jump(random.between(1, 120_000));
  if (faults.hits('world-crashes')) cluster.crashOne();
  if (faults.hits('world-stalls')) cluster.stallOne();
  if (faults.hits('world-drains')) cluster.drainOne();
  if (faults.hits('world-is-replaced')) cluster.replaceOne();
};

const isEnded = ({ model, busy }: Assembled): boolean =>
  busy() === 0 && [...model.runs.values()].every(isAtRest);

const standing = ({ model, busy }: Assembled): string =>
  [`${busy()} busy`, ...[...model.runs.values()].map((run) => `${run.flowId} ${statusOfRun(run)}`)].join(
    ', ',
  );

const checkEnd = ({ model, outside, log, history, cluster }: Assembled): void => {
  const problem =
    [...model.runs.values()]
      .map(
        (run) =>
          mismatch(run, outside, cluster.knowsClaims) ??
          (cluster.knowsClaims ? doubled(run, outside) : undefined),
      )
      .find((found) => found !== undefined) ?? brokenPromise(history.calls, log.stream);
  if (problem !== undefined) throw new Error(problem);
  for (const stream of log.streams())
    if (verifyChain(stream).kind === 'broken') throw new Error('I-05 the hash chain is broken');
  const ids = new Set(log.all().map(({ stream, eventId }) => `${stream} ${eventId}`));
  if (ids.size < log.all().length) throw new Error('I-07 an event id was used twice');
};
