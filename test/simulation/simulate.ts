import { verifyChain } from '../../src/infra/event-store/hash.ts';
import { runClient, runInitiator } from './clients.ts';
import { createCluster } from './cluster.ts';
import { drawFaults } from './faults.ts';
import type { FaultCounts } from './faults.ts';
import { brokenPromise, createHistory } from './history.ts';
import { simulatedLog } from './log.ts';
import { createModel } from './model.ts';
import { isAtRest, statusOfRun } from './model-run.ts';
import { runOperator } from './operator.ts';
import { createOutside, doubled, mismatch } from './outside.ts';
import { prng } from './prng.ts';
import { createScheduler, drive } from './scheduler.ts';
import type { Sim } from './sim.ts';
import { createTrace } from './trace.ts';
import { runService, servicesOf } from './workers.ts';
import type { Mutation } from './world.ts';

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
};

const MAX_SAFETY_STEPS = 1500;
const MAX_LIVENESS_STEPS = 60_000;

/** One seed: a phase in which anything may go wrong, then one in which everything must come to an end. */
export const simulate = async (
  seed: number,
  { mutation = {}, keepTrace = false }: { readonly mutation?: Mutation; readonly keepTrace?: boolean } = {},
): Promise<Outcome> => {
  const trace = createTrace(keepTrace);
  const sim = createSim(seed, mutation, trace.note);
  const { scheduler, random, faults, log, model } = sim;
  const states = new Set<string>();
  log.onWrite((events) => {
    for (const { stream, revision, type } of events) trace.note(`  ${stream} ${revision} ${type}`);
    sim.guard(() => { model.append(events); });
    for (const { stream } of events) {
      const run = model.runs.get(stream.slice('saga-'.length));
      if (run !== undefined) states.add(statusOfRun(run));
    }
  });
  populate(sim);
  const safe = random.between(50, MAX_SAFETY_STEPS);
  await drive({ step: () => (disturb(sim), scheduler.step()) }, sim.hasFailed, safe);
  trace.note('--- faults are over');
  faults.stop();
  sim.calm();
  const ended = await drive(scheduler, () => sim.hasFailed() || isEnded(sim), MAX_LIVENESS_STEPS);
  if (!ended) sim.fail(new Error(`I-27 no end in sight: ${standing(sim)}`));
  sim.guard(() => { checkEnd(sim); });
  sim.over();
  const events = log.all().length;
  return { seed, violation: sim.violation(), trace: trace.result(), steps: scheduler.steps(), events, faults: faults.counts, states };
};

type Running = ReturnType<typeof createSim>;

const createSim = (seed: number, mutation: Mutation, note: (line: string) => void) => {
  const random = prng(seed);
  const scheduler = createScheduler((labels) => random.below(labels.length), note);
  const faults = drawFaults(random);
  const log = simulatedLog(scheduler.now);
  let violation: string | undefined;
  const fail = (error: unknown): void => {
    violation ??= error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  };
  const leaseMs = random.pick([5000, 30_000]);
  const settings = {
    leaseMs,
    // Without the sweep nothing looks again after a run that could not be read.
    sweepMs: faults.has('read-fails') || random.chance(0.3) ? 60_000 : null,
    pace: { batch: random.between(1, 5), intervalMs: random.pick([0, 100, 1000]) },
  };
  const hasRival = random.chance(0.3);
  const keepsClaims = !faults.hits('claims-are-lost');
  const around = { scheduler, random, faults, log, fail };
  const cacheBytes = random.pick([1, 5000, 1_000_000]);
  const cluster = createCluster(around, { hasRival, settings, cacheBytes, keepsClaims, mutation });
  let busy = 0;
  let phase: 'safety' | 'calm' | 'over' = 'safety';
  const run = (task: () => Promise<void>): void => {
    busy += 1;
    task().then(() => (busy -= 1), fail);
  };
  const sim: Sim = {
    ...around,
    cluster,
    leaseMs,
    model: createModel(leaseMs),
    outside: createOutside(),
    history: createHistory(scheduler),
    sleep: (delayMs) => scheduler.sleep('outside', Math.max(0, delayMs)),
    run,
    isCalm: () => phase !== 'safety',
    isOver: () => phase === 'over',
  };
  return {
    ...sim,
    guard: (check: () => void): void => {
      try {
        check();
      } catch (error) {
        fail(error);
      }
    },
    calm: () => (phase = 'calm'),
    over: () => (phase = 'over'),
    busy: () => busy,
    violation: () => violation,
    hasFailed: () => violation !== undefined,
  };
};

/** Who goes on for ever: the services and the operator. */
const populate = (sim: Running): void => {
  const { random, run } = sim;
  const orchestrations = Array.from({ length: random.between(1, 2) }, (_, index) => `orch${index}`);
  for (const orchName of orchestrations) {
    run(() => runInitiator(sim, orchName));
    for (const [service, steps] of servicesOf(sim, orchName)) forEver(sim, () => runService(sim, orchName, service, steps));
  }
  for (let client = random.between(1, 4); client > 0; client -= 1)
    run(() => runClient(sim, random.pick(orchestrations), client));
  const clearsUp = random.chance(0.5);
  forEver(sim, () => runOperator(sim, clearsUp));
};

const forEver = ({ fail }: Sim, task: () => Promise<void>): void => {
  task().catch(fail);
};

const disturb = ({ faults, scheduler, cluster, random }: Sim): void => {
  if (faults.hits('clock-jumps')) scheduler.jump(random.between(1, 120_000));
  if (faults.hits('world-crashes')) cluster.crashOne();
  if (faults.hits('world-stalls')) cluster.stallOne();
};

const isEnded = ({ model, busy }: Running): boolean => busy() === 0 && [...model.runs.values()].every(isAtRest);

const standing = ({ model, busy }: Running): string =>
  [`${busy()} busy`, ...[...model.runs.values()].map((run) => `${run.flowId} ${statusOfRun(run)}`)].join(', ');

const checkEnd = ({ model, outside, log, history, cluster }: Running): void => {
  const problem =
    [...model.runs.values()].map((run) => mismatch(run, outside, cluster.knowsClaims) ?? (cluster.knowsClaims ? doubled(run, outside) : undefined))
      .find((found) => found !== undefined) ?? brokenPromise(history.calls, log.stream);
  if (problem !== undefined) throw new Error(problem);
  for (const stream of log.streams())
    if (verifyChain(stream).kind === 'broken') throw new Error('I-05 the hash chain is broken');
  const ids = new Set(log.all().map(({ stream, eventId }) => `${stream} ${eventId}`));
  if (ids.size < log.all().length) throw new Error('I-07 an event id was used twice');
};
