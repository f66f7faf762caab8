import type { Definition } from '../../src/domain/orchestration/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { applyEvent } from '../simulation/model-events.ts';
import { actionIn, newRun, stepsOf, whyNotYet } from '../simulation/model-run.ts';
import type { ActionName } from '../simulation/model-run.ts';
import type { StepContext } from '../simulation/model-steps.ts';
import type { Place } from '../simulation/model-tables.ts';

class RuleBroken extends Error {
  override readonly name = 'RuleBroken';
}

const MOVING: readonly Place[] = ['waiting', 'in-flight', 'backing-off'];
const RESTING: readonly Place[] = [...MOVING, 'untouched', 'blocked', 'done', 'skipped', 'marked-done'];

/**
 * Sees a run's events one by one, and the run whenever it rests, by the reference model of the simulation.
 * @throws RuleBroken naming the rule
 */
export const sagaChecker = (definition: Definition) => {
  const run = newRun('flow', 'tenant');
  let revision = -1;
  let now = 0;
  const must = (holds: boolean, rule: string): void => {
    if (!holds) throw new RuleBroken(`revision ${revision}: ${rule}`);
  };
  const around: Omit<StepContext, 'revision' | 'atMs'> = {
    run,
    leaseMs: 0,
    abandonedAt: () => Infinity,
    isServed: () => true,
    isDeserted: () => true,
    refuse: (why) => {
      throw new RuleBroken(`revision ${revision}: ${why}`);
    },
  };

  const see = (event: SagaEvent): void => {
    revision += 1;
    const since = 'since' in event.data ? event.data.since : now;
    must(since >= now, 'time does not go back');
    now = since;
    // Workers and reactors do as they like here: only what the run itself begins has to wait for its time.
    const atMs = event.type === 'StepDispatched' || event.type === 'StepWaiting' ? now : Infinity;
    applyEvent({ ...around, revision, atMs }, event, () => definition);
  };

  const restOf = (action: ActionName, names: readonly string[]): void => {
    const here = names.map((step) => ({ step, place: actionIn(run, step, action).place }));
    for (const { step, place } of here) {
      must(RESTING.includes(place), `${step} says why it waits`);
      must(place !== 'untouched' || whyNotYet(run, step, action) !== undefined, `${step} has started`);
    }
    const isMoving = here.some(({ place }) => MOVING.includes(place));
    const isBlocked = here.some(({ place }) => place === 'blocked');
    must(isMoving || isBlocked, 'a run that is open waits for something (I-27)');
    must(
      run.isStuck === (action === 'undo' && !isMoving),
      'an undo that only a person moves on says so (I-24)',
    );
  };

  /** When nothing follows by itself: everything open says why, and nothing that could go on stands still. */
  const rest = (): void => {
    if (run.isPaused) return;
    if (run.phase === 'undoing') restOf('undo', run.plan);
    if (run.phase !== 'doing') return;
    must(run.definition !== null || run.awaitsDefinition, 'a run without a definition says so');
    const names = stepsOf(run).map(({ name }) => name);
    if (names.length > 0) restOf('do', names);
  };

  return { see, rest };
};
