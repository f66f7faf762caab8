import type { StepAction } from '../../src/domain/names.ts';
import type { World } from '../../sdk/simulator/world.ts';
import type { Site } from './faults.ts';
import type { RunModel } from './model-run.ts';
import type { Sim } from './sim.ts';

const ACTOR = { kind: 'user', id: 'timer-operator', source: 'http' } as const;
const TRIES = 4;
const reason = 'because';

type Said = { readonly kind: string } | { readonly outcome: string };
type Say = (world: World) => Promise<Said>;

/** A person who moves, fires, cancels and shifts timers, at any time but when it is calm. */
export const runTimerOperator = async (sim: Sim): Promise<void> => {
  const goesOn = (): boolean => !sim.isOver() && !sim.isCalm();
  while (goesOn()) {
    await sim.sleep(sim.random.between(80, 4000));
    for (const run of sim.model.runs.values()) if (goesOn()) await meddle(sim, run);
  }
};

const meddle = async (sim: Sim, run: RunModel): Promise<void> => {
  const { random, faults, log } = sim;
  const [timer] = timersOf(run);
  if (timer === undefined) return;
  const { flowId } = run;
  const says: Partial<Record<Site, Say>> = sayings(sim, {
    ...{ flowId, ...timer, revision: log.stream(`saga-${flowId}`).length - 1 },
    dueAt: new Date(sim.scheduler.now() + random.between(-5000, 60_000)).toISOString(),
  });
  for (const site of SITES) {
    const say = says[site];
    if (say !== undefined && faults.hits(site)) await surely(sim, site, say);
  }
};

const SITES = [
  'operator-moves-timer',
  'operator-fires-timer',
  'operator-cancels-timer',
  'operator-shifts-timers',
] as const satisfies readonly Site[];

type Timer = { readonly step: string; readonly action: StepAction };

/**
 * What backs off, as far as the log says. A known limit: a deadline that somebody moves in the moment it comes may be
 * said to have passed, for the task is off offer before the log is told.
 */
const timersOf = (run: RunModel): readonly Timer[] => {
  const action = run.phase === 'doing' ? 'do' : 'undo';
  return [...run.actions].flatMap(([key, { place }]) => {
    const [of = '', step = ''] = key.split(' ');
    return of === action && place === 'backing-off' ? [{ step, action }] : [];
  });
};

type On = Timer & { readonly flowId: string; readonly revision: number; readonly dueAt: string };

/** The same command however often it is sent. */
const sayings = (sim: Sim, { dueAt, ...on }: On): Record<(typeof SITES)[number], Say> => {
  const id = `00000000-0000-4000-8000-${String(sim.scheduler.steps()).padStart(12, '0')}`;
  const context = { actor: ACTOR, idempotencyKey: id };
  const match = { orchName: null, step: null, kind: 'retry', from: null, before: null } as const;
  const request = { flowIds: [on.flowId], match, move: { byMs: 7000 }, reason, perSecond: 1 };
  const shift = { shiftId: id, causedBy: id, actor: ACTOR, request };
  return {
    'operator-moves-timer': ({ timers }) => timers.rescheduleTimer(on, { dueAt, reason }, context),
    'operator-fires-timer': ({ timers }) => timers.fireTimer(on, { reason }, context),
    'operator-cancels-timer': ({ timers }) => timers.cancelTimer(on, { reason }, context),
    'operator-shifts-timers': ({ timers }) =>
      timers.shiftOne(shift, on.flowId).catch(() => ({ kind: 'unavailable' })),
  };
};

const surely = async (sim: Sim, site: Site, say: Say): Promise<void> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const asked = await sim.cluster.ask(site, say);
    if (asked.kind !== 'lost' && !('kind' in asked.value && asked.value.kind === 'unavailable')) return;
    await sim.sleep(500);
  }
};
