import { statusOf } from '../../domain/saga/state.ts';
import type { SagaState } from '../../domain/saga/state.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { Facts, WorkerFact } from '../../domain/saga/facts.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import { differencesOf, firstDivergence } from './differences.ts';
import type { Difference, Divergence } from './differences.ts';
import { pinnedTo } from './evidence.ts';
import { goAhead } from './going-on.ts';
import type { Ahead } from './going-on.ts';
import { redecide } from './redecide.ts';
import type { Premise, Redecided } from './redecide.ts';
import { LATEST } from './registrations.ts';
import { verdictOf, whyNot } from './verdict.ts';
import type { Verdict, Why } from './verdict.ts';

/** How a run would stand under another definition. */
export type RunWhatIf = Pick<Redecided, 'refused' | 'assumed'> & {
  readonly decidedStatus: ReturnType<typeof statusOf> | null;
  /** Of a run that has not ended: could it go on under the changed definition? */
  readonly verdict: Verdict | null;
  readonly why: readonly Why[];
  readonly firstDivergence: Divergence | null;
  readonly differences: readonly Difference[];
  readonly steps: StepChanges;
};

/** Over the whole life of the run: what was recorded or decided, and what would follow if all goes well. */
type StepChanges = {
  readonly newlyRun: readonly string[];
  readonly skipped: readonly string[];
  readonly newlyUndone: readonly string[];
  readonly notUndone: readonly string[];
};

/** Pure: the same premise gives the same answer, and nothing outside it is read or touched. */
export const runWhatIf = (premise: Premise): RunWhatIf => {
  const redecided = redecide(premise);
  const { recorded, state, appends, refused, assumed } = redecided;
  const divergence = firstDivergence(premise.appends, appends);
  const differences = divergence === undefined ? [] : differencesOf(premise.appends, appends);
  const ahead = aheadOf(premise, redecided);
  const isLive = recorded.kind === 'run' && recorded.ended === null;
  const hindrances = [...ahead.carriedOver.hindrances, ...ahead.changed.hindrances];
  const why = isLive ? whyNot({ differences, refused, hindrances, changed: premise.changed }) : [];
  return {
    decidedStatus: state.kind === 'absent' ? null : statusOf(state),
    verdict: isLive ? verdictOf(why) : null,
    why,
    firstDivergence: divergence ?? null,
    differences,
    steps: changesBetween(
      [...eventsOf(premise.appends), ...ahead.recorded.events],
      [...eventsOf(appends), ...ahead.changed.events],
    ),
    refused,
    assumed,
  };
};

type Futures = {
  /** Of the recorded run under its own definition, of the one decided anew, and of the recorded one under the new. */
  readonly recorded: Ahead;
  readonly changed: Ahead;
  readonly carriedOver: Ahead;
};

const aheadOf = (premise: Premise, { recorded, state }: Redecided): Futures => {
  const own = premise.recorded ?? premise.changed;
  const under = (definition: Definition, run: SagaState): Ahead =>
    goAhead(run, factsAhead(premise, definition, run));
  return {
    recorded: under(own, recorded),
    changed: under(premise.changed, state),
    carriedOver: under(premise.changed, recorded),
  };
};

/**
 * Steps that the run's own definition has are taken to be served: that somebody is missing there is not the change's
 * doing. A run that waits for its definition has none of its own.
 */
const factsAhead = (
  { appends, recorded, changed, served }: Premise,
  definition: Definition,
  run: SagaState,
): Facts => {
  const own = new Set((recorded ?? changed).steps.map(({ name }) => name));
  const workersOf = (step: string): readonly WorkerFact[] => {
    const serving = served(step, LATEST);
    return serving.length === 0 && own.has(step) ? [{ service: step, transport: 'http' }] : serving;
  };
  const names = [...(recorded?.steps ?? []), ...changed.steps].map(({ name }) => name);
  return {
    now: appends.at(-1)?.at ?? 0,
    random: 0,
    definition: pinnedTo(run, definition) ?? { version: 1, hash: '', initiator: '', content: definition },
    workers: new Map(names.map((name) => [name, workersOf(name)])),
  };
};

const eventsOf = (appends: readonly { readonly events: readonly SagaEvent[] }[]): readonly SagaEvent[] =>
  appends.flatMap(({ events }) => events);

const changesBetween = (was: readonly SagaEvent[], is: readonly SagaEvent[]): StepChanges => ({
  newlyRun: minus(stepsOf(is, 'do'), stepsOf(was, 'do')),
  skipped: minus(stepsOf(was, 'do'), stepsOf(is, 'do')),
  newlyUndone: minus(stepsOf(is, 'undo'), stepsOf(was, 'undo')),
  notUndone: minus(stepsOf(was, 'undo'), stepsOf(is, 'undo')),
});

const stepsOf = (events: readonly SagaEvent[], action: 'do' | 'undo'): ReadonlySet<string> =>
  new Set(
    events.flatMap(({ type, data }) =>
      type === 'StepDispatched' && data.action === action ? [data.step] : [],
    ),
  );

const minus = (all: ReadonlySet<string>, without: ReadonlySet<string>): readonly string[] =>
  [...all].filter((name) => !without.has(name));
