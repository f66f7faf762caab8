import type { Definition } from '../../domain/orchestration/events.ts';
import { backoffMs } from '../../domain/saga/back-off.ts';
import { sagaDecider } from '../../domain/saga/decide.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { Recorded } from './history.ts';

type Between = { readonly from: number; readonly to: number };

/** Halvings until two neighbouring numbers are left. */
const HALVINGS = 60;
const UNSEEN = 0.5;

/**
 * A random number that spreads the back-offs of an append as they were recorded: the log holds the back-offs, not
 * the number. It lies within [0, 1), in the middle where nothing tells.
 */
export const recordedChance = (append: Recorded, definition: Definition | null): number => {
  const bounds = backOffsIn(append, definition);
  if (bounds.length === 0) return UNSEEN;
  const from = Math.max(...bounds.map((bound) => bound.from));
  const to = Math.min(...bounds.map((bound) => bound.to));
  const middle = (from + to) / 2;
  return middle > from && middle < to ? middle : from;
};

const backOffsIn = (
  { before, revision, events }: Recorded,
  definition: Definition | null,
): readonly Between[] => {
  let state = before;
  return events.flatMap((event, index) => {
    const met = state;
    state = sagaDecider.evolve(state, event, revision + index);
    if (event.type !== 'StepRetryScheduled' || met.kind === 'absent') return [];
    const { step: name, action, since, until } = event.data;
    const step = definition?.steps.find((defined) => defined.name === name);
    if (step === undefined || until === null) return [];
    const retries = actionOf(met, name, action)?.retries ?? 0;
    const waited = until - since;
    const of = (random: number): number => backoffMs(step, retries, random);
    return [{ from: least((random) => of(random) <= waited), to: least((random) => of(random) < waited) }];
  });
};

/** The least number from which on something holds, 1 where it never does. A back-off falls as chance rises. */
const least = (holds: (random: number) => boolean): number => {
  if (holds(0)) return 0;
  let [no, yes] = [0, 1];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (no + yes) / 2;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
};
