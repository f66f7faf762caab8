import type { Definition } from '../../domain/orchestration/events.ts';
import type { RunCommand, StartSaga } from '../../domain/saga/commands.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';

/** What became of an attempt. */
export type Outcome = Extract<
  RunCommand,
  { type: 'AnswerStep' | 'TimeOutStep' | 'LapseStep' | 'TakeBackStep' }
> & { readonly attempt: number };

/** What a run was told from outside, and its own waking up. */
export type Input =
  | { readonly kind: 'said'; readonly command: StartSaga | RunCommand }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** Facts that a person set and that follow from no definition: taken as they are. */
  | { readonly kind: 'given'; readonly events: readonly SagaEvent[] };

/** The input that an append's events answer; `definition` is the one it was decided under. */
export const inputOf = (events: readonly SagaEvent[], definition: Definition | null): Input => {
  const [first] = events;
  if (first === undefined || follows(first)) return { kind: 'said', command: { type: 'AdvanceSaga' } };
  const outcome = outcomeIn(first, definition);
  if (outcome !== undefined) return { kind: 'outcome', outcome };
  const command = toldRun(first) ?? toldStep(first);
  if (command !== undefined) return { kind: 'said', command };
  const end = events.findIndex(follows);
  return { kind: 'given', events: end === -1 ? events : events.slice(0, end) };
};

const FOLLOWING = new Set<SagaEvent['type']>([
  ...(['SagaWaiting', 'SagaDefinitionPinned', 'StepWaiting', 'StepHealed', 'StepDispatched'] as const),
  ...(['StepRetryScheduled', 'StepBlocked', 'SagaCompleted', 'SagaFailed'] as const),
  ...(['SagaUndone', 'SagaUndoFailed', 'SagaCancelled'] as const),
]);

/** The run decides it by itself, from where it stands. */
const follows = (event: SagaEvent): boolean => {
  if (event.type === 'StepFailed') return event.data.cause === 'no-worker';
  if (event.type === 'UndoStarted') return event.data.cause === 'failure';
  return FOLLOWING.has(event.type);
};

const toldRun = ({ type, data }: SagaEvent): StartSaga | RunCommand | undefined => {
  if (type === 'SagaStarted') {
    const { orchName, keyId, input } = data;
    return { type: 'StartSaga', orchName, keyId, input };
  }
  if (type === 'SagaPaused') return { type: 'PauseSaga', timers: data.timers, reason: data.reason };
  if (type === 'SagaResumed') return { type: 'ResumeSaga', reason: data.reason };
  if (type === 'SagaCancelRequested') return { type: 'CancelSaga', undo: data.undo, reason: data.reason };
  return type === 'UndoStarted' ? { type: 'UndoSaga', reason: data.reason } : undefined;
};

const toldStep = ({ type, data }: SagaEvent): RunCommand | undefined => {
  if (type === 'StepRetryRequested') return { type: 'RetryStep', step: data.step, reason: data.reason };
  if (type === 'StepSkipped') return { type: 'SkipStep', step: data.step, reason: data.reason };
  return type === 'StepMarkedDone'
    ? { type: 'CompleteStep', step: data.step, reason: data.reason }
    : undefined;
};

const outcomeIn = ({ type, data }: SagaEvent, definition: Definition | null): Outcome | undefined => {
  if (type === 'StepTimedOut') return { type: 'TimeOutStep', ...data };
  if (type === 'StepLapsed') return { type: 'LapseStep', ...data };
  if (type === 'StepTakenBack') return { type: 'TakeBackStep', ...data };
  if (type === 'StepSucceeded') {
    const { result, ...on } = data;
    return { type: 'AnswerStep', ...on, answer: { kind: 'success', result } };
  }
  if (type !== 'StepFailed') return undefined;
  const { step, action, attempt, claim, code, error } = data;
  const retryable = data.retryable || isNonRetryable(definition, step, code);
  const answer = { kind: 'failure', retryable, code, error } as const;
  return { type: 'AnswerStep', step, action, attempt, claim, answer };
};

/** Then the definition made it final, whatever the worker had said. */
const isNonRetryable = (definition: Definition | null, step: string, code: string | null): boolean =>
  code !== null &&
  definition?.steps.find(({ name }) => name === step)?.retry.nonRetryable.includes(code) === true;
