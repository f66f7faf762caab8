import type { RegisterInput } from '../../src/commands/orchestration/register-input.ts';
import type { Result } from '../../src/commands/result.ts';
import { SimulationFailed } from '../src/simulate/failed.ts';
import type { SimulatedFault, SimulatedOutcome } from '../src/simulate/types.ts';
import type { Asked } from './ask.ts';
import { drive } from './scheduler.ts';
import { createUserSim } from './user-sim.ts';
import type { UserSim } from './user-sim.ts';
import { runService } from './user-worker.ts';
import type { Service } from './user-worker.ts';

export type Setup = {
  readonly definition: RegisterInput;
  readonly workers: readonly (Service & { readonly registration: RegisterInput })[];
  readonly payloads: readonly Uint8Array[];
  readonly faults: readonly SimulatedFault[];
  /** By the clock on the wall: how long a handler may take. */
  readonly handlerMs: number;
};

/** What was given cannot be simulated, whatever the seed. */
class Refused extends TypeError {}

const MOST_STEPS_WITH_FAULTS = 1500;
/** For an engine that goes on and on, and comes to no end. */
const MOST_STEPS_WITHOUT = 3_000_000;
const CONTEXT = { actor: { kind: 'user', id: 'client', source: 'http' } } as const;

/** One seed: first anything may go wrong, then nothing does, and everything must come to an end. */
export const oneSeed = async (seed: number, setup: Setup): Promise<SimulatedOutcome> => {
  const trace: string[] = [];
  const sim = createUserSim(seed, setup, (line) => void trace.push(line));
  const { scheduler, random, faults, runs, lulls } = sim;
  populate(sim, seed, setup);
  const isOver = (): boolean => sim.failure() !== undefined || (sim.busy() === 0 && runs.areAtRest());
  const disturbed = { step: () => (disturb(sim), scheduler.step()) };
  await drive(disturbed, isOver, random.between(50, MOST_STEPS_WITH_FAULTS), sim.settled);
  faults.stop();
  sim.note('--- faults are over');
  const calm = { step: () => (lulls.pass(), !lulls.isEndless() && scheduler.step()) };
  const ended = await drive(calm, isOver, MOST_STEPS_WITHOUT, sim.settled);
  const outcome = {
    seed,
    runs: runs.all(),
    effects: sim.effects.all(),
    faults: faults.counts(),
    trace,
  };
  const failure = sim.failure() ?? (ended ? undefined : { error: new Error(standing(outcome)) });
  if (failure?.error instanceof Refused) throw failure.error;
  if (failure !== undefined) throw new SimulationFailed(outcome, failure.error);
  return outcome;
};

const standing = ({ runs }: SimulatedOutcome): string =>
  ['no end in sight', ...runs.map(({ flowId, status }) => `${flowId} is ${status}`), ...unserved(runs)].join(
    ', ',
  );

/** Steps that wait for a worker. */
const unserved = (runs: SimulatedOutcome['runs']): readonly string[] => {
  const waiting = runs.flatMap(({ steps }) =>
    Object.entries(steps).flatMap(([name, step]) => (Object.values(step).includes('waiting') ? [name] : [])),
  );
  return [...new Set(waiting)].map((name) => `nobody does ${name}`);
};

const disturb = ({ faults, cluster }: UserSim): void => {
  if (faults.hits('server-crashes')) cluster.crashOne();
  if (faults.hits('server-stalls')) cluster.stallOne();
};

const populate = (sim: UserSim, seed: number, { definition, workers, payloads }: Setup): void => {
  const { orchName } = definition;
  sim.run(async () => {
    await surely(sim, `register ${orchName}`, (world) => world.register(definition, CONTEXT));
    for (const [index, payload] of payloads.entries())
      sim.run(() =>
        surely(sim, `start ${orchName}`, (world) =>
          // Other seeds, other runs: handlers may keep what they did.
          world.startSaga({ orchName, payload }, { ...CONTEXT, idempotencyKey: `${seed}-${index}` }),
        ),
      );
  });
  for (const { registration, ...service } of workers)
    sim.run(async () => {
      const { random } = sim;
      await sim.sleep(random.between(0, 5000));
      await surely(sim, `register ${service.service}`, (world) => world.register(registration, CONTEXT));
      // It goes on for ever: nobody waits for it.
      void runService(sim, service);
    });
};

/** Asks until it is known to be done. */
const surely = async (
  { cluster, random, sleep }: UserSim,
  label: string,
  ask: (world: Parameters<Parameters<UserSim['cluster']['ask']>[1]>[0]) => Promise<Result<unknown, string>>,
): Promise<void> => {
  for (;;) {
    const asked: Asked<Result<unknown, string>> = await cluster.ask(label, ask);
    if (asked.kind === 'answer' && asked.value.kind === 'rejected')
      throw new Refused(`${label}: ${asked.value.detail}`);
    if (asked.kind === 'answer' && asked.value.kind === 'done') return;
    await sleep(random.between(100, 2000));
  }
};
