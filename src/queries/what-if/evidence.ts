// Facts are not kept: what a decision knew is read off what it decided.
import type { OnAction } from '../../domain/names.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { Facts, WorkerFact } from '../../domain/saga/facts.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaRun, SagaState } from '../../domain/saga/state.ts';
import { recordedChance } from './chance.ts';
import type { Recorded } from './history.ts';
import type { Registrations } from './registrations.ts';

export type Known = {
  /** What the run was pinned to; null where it never was. */
  readonly recorded: Definition | null;
  readonly changed: Definition;
  readonly served: Registrations['served'];
};

/** What the decision of an append knew, with `changed` in the place of the definition it was made under. */
export const recordedFacts = (append: Recorded, { recorded, changed, served }: Known): Facts => ({
  now: recordedNow(append),
  random: recordedChance(append, recorded),
  definition: pinnedTo(append.after, changed),
  workers: recordedWorkers(append, namesOf(recorded, changed), served),
});

/** Under the reference the run is pinned to: it says which definition is meant, and is not what is asked about. */
export const pinnedTo = (state: SagaState, content: Definition): Facts['definition'] => {
  if (state.kind === 'absent' || state.definition === null) return null;
  const { type, ...ref } = state.definition;
  return { ...ref, content: { ...content, type } };
};

const namesOf = (...definitions: readonly (Definition | null)[]): readonly string[] => [
  ...new Set(definitions.flatMap((definition) => definition?.steps ?? []).map(({ name }) => name)),
];

/** The decider's own clock where an event shows it. Otherwise the log's, held back from what would have been due. */
const recordedNow = ({ events, before, after, at }: Recorded): number => {
  const [first] = events;
  const shown = events.map(timeIn).find((time) => time !== undefined) ?? resumedAt(first, before);
  if (shown !== undefined) return shown;
  const due = Math.min(...[before, after].flatMap(retriesOf));
  return Math.max(Math.min(at, due - 1), deadlineOf(first, before), ...events.map(retriedBy(events, before)));
};

const timeIn = ({ data }: SagaEvent): number | undefined => {
  if ('since' in data) return data.since;
  return 'at' in data ? data.at : undefined;
};

/** A pause that keeps what remains moves every timer by its length. */
const resumedAt = (event: SagaEvent | undefined, state: SagaState): number | undefined => {
  if (event?.type !== 'SagaResumed' || state.kind === 'absent') return undefined;
  const [timer] = event.data.timers;
  if (timer === undefined || state.paused?.timers !== 'keep-remaining') return undefined;
  return state.paused.since + timer.until - untilOf(state, timer);
};

const untilOf = (run: SagaRun, { step, action }: OnAction): number => actionOf(run, step, action)?.until ?? 0;

const retriesOf = (state: SagaState): readonly number[] =>
  state.kind === 'absent'
    ? []
    : [...state.steps.values()]
        .flatMap((step) => step[state.phase] ?? [])
        .flatMap(({ status, until }) => (status === 'retry' && until !== null ? [until] : []));

/** What was given up because nobody took it was due by then. */
const deadlineOf = (event: SagaEvent | undefined, state: SagaState): number => {
  if (event?.type !== 'StepTimedOut' || event.data.kind === 'run' || state.kind === 'absent') return 0;
  return untilOf(state, event.data);
};

/** A retry that failed for want of a worker was due by then, unless a person set it going. */
const retriedBy =
  (events: readonly SagaEvent[], before: SagaState) =>
  ({ type, data }: SagaEvent): number => {
    if (type !== 'StepFailed' || data.cause !== 'no-worker' || before.kind === 'absent') return 0;
    const isAsked = events.some(
      (event) => event.type === 'StepRetryRequested' && event.data.step === data.step,
    );
    const action = actionOf(before, data.step, data.action);
    return isAsked || action?.status !== 'retry' ? 0 : (action.until ?? 0);
  };

const recordedWorkers = (
  append: Recorded,
  names: readonly string[],
  served: Registrations['served'],
): Facts['workers'] => {
  const met = new Map<string, readonly WorkerFact[]>(waitingIn(append.before).map((step) => [step, []]));
  for (const event of append.events) note(met, event);
  return new Map(
    [...new Set([...names, ...met.keys()])].map((step) => [
      step,
      met.get(step) ?? served(step, append.position),
    ]),
  );
};

const waitingIn = (state: SagaState): readonly string[] =>
  state.kind === 'absent'
    ? []
    : [...state.steps].flatMap(([name, step]) =>
        [step.do, step.undo].some((action) => action?.status === 'waiting') ? [name] : [],
      );

/** Who was there for a step, as an event shows it. */
const note = (met: Map<string, readonly WorkerFact[]>, event: SagaEvent): void => {
  if (saysNobody(event)) met.set(event.data.step, []);
  if (event.type === 'StepHealed')
    met.set(event.data.step, [{ service: event.data.service, transport: 'http' }]);
  if (event.type !== 'StepDispatched') return;
  const { step, transport } = event.data;
  met.set(step, [{ service: met.get(step)?.[0]?.service ?? step, transport }]);
};

type Nobody = Extract<SagaEvent, { type: 'StepWaiting' | 'StepFailed' }>;

const saysNobody = (event: SagaEvent): event is Nobody =>
  event.type === 'StepWaiting' || (event.type === 'StepFailed' && event.data.cause === 'no-worker');
