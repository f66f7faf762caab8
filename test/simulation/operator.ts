import { steer, steerings } from './clients.ts';
import { ALL_STEPS } from './definitions.ts';
import type { Site } from './faults.ts';
import { actionIn, leftToAPerson } from './model-run.ts';
import type { RunModel } from './model-run.ts';
import type { Sim } from './sim.ts';

/** In the order of `steerings`. */
const SITES = [
  'operator-cancels',
  'operator-cancels-with-undo',
  'operator-pauses',
  'operator-resumes',
  'operator-undoes',
  'operator-retries',
  'operator-skips',
  'operator-completes',
] as const satisfies readonly Site[];

const CONTEXT = { actor: { kind: 'service', id: 'stranger', source: 'http' } } as const;

/** A person who does everything the API allows, at any time; once it is calm, clears what waits for a person. */
export const runOperator = async (sim: Sim, clearsUp: boolean): Promise<void> => {
  const { random } = sim;
  const goesOn = (): boolean => !sim.isOver() && (clearsUp || !sim.isCalm());
  while (goesOn()) {
    await sim.sleep(random.between(500, 15_000));
    if (!goesOn()) return;
    const runs = [...sim.model.runs.values()];
    if (runs.length === 0) continue;
    if (sim.isCalm()) for (const run of runs) await clear(sim, run);
    else await meddle(sim, random.pick(runs));
  }
};

const meddle = async (sim: Sim, run: RunModel): Promise<void> => {
  for (const [index, site] of SITES.entries()) if (sim.faults.hits(site)) await say(sim, run, index);
  if (sim.faults.hits('foreign-answer')) await answerForeign(sim, run);
};

const say = async (sim: Sim, run: RunModel, index: number): Promise<void> => {
  const stuck = [...blockedOf(run), ...leftToAPerson(run)];
  const step = sim.random.pick(stuck.length > 0 ? stuck : ALL_STEPS);
  const timers = sim.random.pick(['keep-due', 'keep-remaining'] as const);
  for (const steering of steerings(run.flowId, step, timers).slice(index, index + 1))
    await steer(sim, run.flowId, steering);
};

const blockedOf = (run: RunModel): readonly string[] =>
  run.plan.filter((step) => actionIn(run, step, 'undo').place === 'blocked');

const indexOf = (site: (typeof SITES)[number]): number => SITES.indexOf(site);

const clear = async (sim: Sim, run: RunModel): Promise<void> => {
  if (run.isPaused) await say(sim, run, indexOf('operator-resumes'));
  if (leftToAPerson(run).length > 0) await say(sim, run, indexOf('operator-retries'));
  if (!run.isStuck) return;
  const way = sim.random.pick(['operator-retries', 'operator-skips', 'operator-completes'] as const);
  await say(sim, run, indexOf(way));
};

/** Answers to what nobody asked: they must change nothing (I-26). */
const answerForeign = async (sim: Sim, { flowId }: RunModel): Promise<void> => {
  const metadata = { status: 'SUCCESS' } as const;
  const foreign = [
    { flowId: '00000000-0000-4000-8000-00000000dead', stepName: 'a', action: 'DO' as const, metadata },
    { flowId, stepName: 'nowhere', action: 'DO' as const, metadata },
    { flowId, orchName: 'another', stepName: 'a', action: 'DO' as const, metadata },
    { flowId, stepName: 'a', action: 'DO' as const, metadata, attempt: 999 },
  ];
  const asked = await sim.cluster.ask('foreign answers', (world) => world.answer(foreign, CONTEXT));
  const taken =
    asked.kind === 'answer' ? asked.value.find(({ outcome }) => outcome === 'accepted') : undefined;
  if (taken !== undefined) throw new Error(`I-26 a foreign answer was taken for ${taken.stepName}`);
  const written = sim.log.all().some(({ metadata: { actor } }) => actor.id === CONTEXT.actor.id);
  if (written) throw new Error('I-26 a foreign answer was written');
};
