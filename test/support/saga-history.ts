// What the log must say, given what clients and workers were told.
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { verifyChain } from './verify-chain.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { readAllOf } from './events.ts';
import type { AcknowledgedRun, AnswerOutcome } from './saga-load.ts';

type Streams = ReadonlyMap<string, readonly StoredEvent[]>;
type Told = {
  readonly runs: ReadonlyMap<string, AcknowledgedRun>;
  readonly answers: readonly AnswerOutcome[];
};

const OUTCOMES = new Set(['StepSucceeded', 'StepFailed', 'StepTimedOut', 'StepLapsed', 'StepTakenBack']);
const ANSWERS = new Set(['StepSucceeded', 'StepFailed']);

/** The streams of all runs in the log of a directory that no process has open. */
export const runStreams = async (dataDir: string): Promise<Streams> => {
  const store = await embeddedEventStore({ dataDir });
  const events = await readAllOf(store, { categories: ['saga'], max: 4096 });
  await store.close();
  return Map.groupBy(events, ({ stream }) => stream);
};

/** Everything that is wrong, in words; nothing when all is well. */
export const flawsOf = (streams: Streams, { runs, answers }: Told): readonly string[] => [
  ...[...streams].flatMap(([stream, events]) => flawsOfRun(events).map((flaw) => `${stream}: ${flaw}`)),
  ...[...runs].flatMap(([flowId, run]) => flawsOfEnd(run, streams.get(`saga-${flowId}`) ?? [])),
  ...[...streams.keys()].flatMap((stream) =>
    runs.has(stream.slice('saga-'.length)) ? [] : [`${stream}: nobody was told of it`],
  ),
  ...flawsOfAnswers(streams, answers),
];

const flawsOfEnd = ({ key, ends }: AcknowledgedRun, events: readonly StoredEvent[]): readonly string[] => {
  const starts = events.filter(({ type }) => type === 'SagaStarted').length;
  const last = events.at(-1)?.type;
  return [
    ...(starts === 1 ? [] : [`${key}: started ${String(starts)} times`]),
    ...(last === ends ? [] : [`${key}: ends with ${String(last)} instead of ${ends}`]),
  ];
};

/** A run by itself: an unbroken chain, no gap, and for no step two outcomes. */
const flawsOfRun = (events: readonly StoredEvent[]): readonly string[] => {
  const dispatched = events.filter(({ type }) => type === 'StepDispatched').map(onAttempt);
  const outcomes = events.filter(({ type }) => OUTCOMES.has(type)).map(onAttempt);
  const succeeded = events.filter(({ type }) => type === 'StepSucceeded').map(onStep);
  return [
    ...(verifyChain(events).kind === 'intact' ? [] : ['its hash chain is broken']),
    ...repeated(dispatched).map((attempt) => `${attempt} was handed out twice`),
    ...repeated(outcomes).map((attempt) => `${attempt} has two outcomes`),
    ...repeated(succeeded).map((step) => `${step} succeeded twice`),
    ...outcomes
      .filter((attempt) => !dispatched.includes(attempt))
      .map((attempt) => `${attempt} was never handed out`),
    ...attemptFlaws(events),
  ];
};

const repeated = (values: readonly string[]): readonly string[] =>
  values.filter((value, index) => values.indexOf(value) !== index);

/** Attempts of one action of one step count 1, 2, 3. */
const attemptFlaws = (events: readonly StoredEvent[]): readonly string[] => {
  const dispatched = events.filter(({ type }) => type === 'StepDispatched');
  return [...Map.groupBy(dispatched, onStep)].flatMap(([step, own]) =>
    own.every((event, index) => onAttempt(event) === `${step} ${String(index + 1)}`)
      ? []
      : [`${step}: attempts ${own.map(onAttempt).join()}`],
  );
};

/** What was accepted is in the log as the outcome of that attempt; what was refused as late is not. */
const flawsOfAnswers = (streams: Streams, answers: readonly AnswerOutcome[]): readonly string[] => {
  const recorded = new Set(
    [...streams].flatMap(([stream, events]) =>
      events.filter(({ type }) => ANSWERS.has(type)).map((event) => `${stream} ${onAttempt(event)}`),
    ),
  );
  return answers.flatMap(({ flowId, stepName, action, attempt, outcome }) => {
    const answer = `saga-${flowId} ${action.toLowerCase()} ${stepName} ${String(attempt)}`;
    const isTaken = outcome === 'accepted' || outcome === 'duplicate';
    if (!isTaken && outcome !== 'late') return [`${answer}: ${outcome}`];
    return recorded.has(answer) === isTaken
      ? []
      : [`${answer}: told ${outcome}, recorded ${String(!isTaken)}`];
  });
};

const field = ({ data }: StoredEvent, name: string): string => {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '';
};
const onStep = (event: StoredEvent): string => `${field(event, 'action')} ${field(event, 'step')}`;
const onAttempt = (event: StoredEvent): string => `${onStep(event)} ${field(event, 'attempt')}`;

const ENDS = new Set(['SagaCompleted', 'SagaUndone']);

/** How many runs, by the log, were started before that moment (ms since the epoch) and ended after it. */
export const openAt = (streams: Streams, moment: number): number =>
  [...streams.values()].filter(
    ([first, ...rest]) => timeOf(first) < moment && timeOf(rest.find(({ type }) => ENDS.has(type))) > moment,
  ).length;

const timeOf = (event: StoredEvent | undefined): number => Date.parse(event?.metadata.recordedAt ?? '');
