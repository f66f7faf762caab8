// Events in full, from constants: what a spec does not name has the value the builders give every spec.
import type { Definition } from '../../src/domain/orchestration/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { CLAIM, ERROR, INPUT, KEY, NOW, RESULT } from './saga-builders.ts';

type DataOf<Type extends SagaEvent['type']> = Extract<SagaEvent, { type: Type }>['data'];
type Change<Type extends SagaEvent['type']> = Partial<DataOf<Type>>;

export const started = (definition: Definition | null): SagaEvent => ({
  type: 'SagaStarted',
  data: {
    orchName: 'tenant',
    definition:
      definition === null
        ? null
        : { version: 1, hash: 'hash-1', type: definition.type, initiator: 'initiator' },
    keyId: KEY,
    input: INPUT,
  },
});

export const awaitingDefinition: SagaEvent = {
  type: 'SagaWaiting',
  data: { orchName: 'tenant', reason: 'definition-missing', since: NOW, until: null, next: 'registration' },
};

export const definitionPinned = (version = 1, type: Definition['type'] = 'sequential'): SagaEvent => ({
  type: 'SagaDefinitionPinned',
  data: { definition: { version, hash: `hash-${version}`, type, initiator: 'initiator' } },
});

export const workerMissing = (step: string, others: Change<'StepWaiting'> = {}): SagaEvent => ({
  type: 'StepWaiting',
  data: {
    orchName: 'tenant',
    step,
    action: 'do',
    reason: 'worker-missing',
    since: NOW,
    until: null,
    next: 'registration',
    ...others,
  },
});

export const healed = (step: string, others: Change<'StepHealed'> = {}): SagaEvent => ({
  type: 'StepHealed',
  data: { orchName: 'tenant', step, action: 'do', service: `${step}-service`, ...others },
});

export const dispatched = (step: string, others: Change<'StepDispatched'> = {}): SagaEvent => ({
  type: 'StepDispatched',
  data: {
    step,
    action: 'do',
    attempt: 1,
    iteration: 0,
    transport: 'http',
    inputs: [],
    reason: 'with-worker',
    since: NOW,
    until: null,
    next: 'answer',
    ...others,
  },
});

export const succeeded = (step: string, others: Change<'StepSucceeded'> = {}): SagaEvent => ({
  type: 'StepSucceeded',
  data: { step, action: 'do', attempt: 1, result: RESULT, claim: CLAIM, ...others },
});

export const failed = (step: string, others: Change<'StepFailed'> = {}): SagaEvent => ({
  type: 'StepFailed',
  data: {
    step,
    action: 'do',
    attempt: 1,
    cause: 'answer',
    retryable: true,
    code: 'oops',
    error: ERROR,
    claim: CLAIM,
    ...others,
  },
});

export const noWorker = (step: string, others: Change<'StepFailed'> = {}): SagaEvent =>
  failed(step, {
    cause: 'no-worker',
    retryable: false,
    code: 'no_worker',
    error: null,
    claim: null,
    ...others,
  });

export const timedOut = (step: string, others: Change<'StepTimedOut'> = {}): SagaEvent => ({
  type: 'StepTimedOut',
  data: { step, action: 'do', attempt: 1, kind: 'run', claim: CLAIM, ...others },
});

export const lapsed = (step: string, others: Change<'StepLapsed'> = {}): SagaEvent => ({
  type: 'StepLapsed',
  data: { step, action: 'do', attempt: 1, claim: CLAIM, ...others },
});

export const takenBack = (step: string, others: Change<'StepTakenBack'> = {}): SagaEvent => ({
  type: 'StepTakenBack',
  data: { step, action: 'do', attempt: 1, ...others },
});

/** `attempt` is the one that comes next. */
export const retryScheduled = (step: string, others: Change<'StepRetryScheduled'> = {}): SagaEvent => ({
  type: 'StepRetryScheduled',
  data: {
    step,
    action: 'do',
    attempt: 2,
    reason: 'retry-backoff',
    since: NOW,
    until: NOW + 1000,
    next: 'retry',
    ...others,
  },
});

export const blocked = (step: string, others: Change<'StepBlocked'> = {}): SagaEvent => ({
  type: 'StepBlocked',
  data: {
    step,
    action: 'undo',
    reason: 'undo-blocked',
    since: NOW,
    until: null,
    next: 'operator',
    ...others,
  },
});

export const retryRequested = (step: string, others: Change<'StepRetryRequested'> = {}): SagaEvent => ({
  type: 'StepRetryRequested',
  data: { step, action: 'undo', iteration: 1, reason: 'fixed', ...others },
});

export const skipped = (step: string): SagaEvent => ({
  type: 'StepSkipped',
  data: { step, action: 'undo', reason: 'not needed' },
});

export const markedDone = (step: string): SagaEvent => ({
  type: 'StepMarkedDone',
  data: { step, action: 'undo', reason: 'done by hand' },
});

const AN_HOUR = 3_600_000;

/** A back-off that ends later. */
export const rescheduled = (step: string, others: Change<'TimerRescheduled'> = {}): SagaEvent => ({
  type: 'TimerRescheduled',
  data: {
    ...{ step, action: 'do', kind: 'retry', attempt: 1 },
    ...{ from: NOW + 1000, until: NOW + AN_HOUR, reason: 'they are closed' },
    ...others,
  },
});

export const fired = (step: string, others: Change<'TimerFired'> = {}): SagaEvent => ({
  type: 'TimerFired',
  data: {
    ...{ step, action: 'do', kind: 'retry', attempt: 1 },
    ...{ due: NOW + 1000, at: NOW, reason: 'they are open' },
    ...others,
  },
});

export const timerCancelled = (step: string, others: Change<'TimerCancelled'> = {}): SagaEvent => ({
  type: 'TimerCancelled',
  data: {
    ...{ step, action: 'do', kind: 'retry', attempt: 1 },
    ...{ due: NOW + 1000, since: NOW, reason: 'somebody looks into it' },
    ...others,
  },
});

export const paused = (others: Change<'SagaPaused'> = {}): SagaEvent => ({
  type: 'SagaPaused',
  data: { timers: 'keep-due', since: NOW, reason: null, ...others },
});

export const resumed = (timers: DataOf<'SagaResumed'>['timers'] = []): SagaEvent => ({
  type: 'SagaResumed',
  data: { timers, reason: null },
});

export const cancelRequested = (undo: boolean): SagaEvent => ({
  type: 'SagaCancelRequested',
  data: { undo, reason: null },
});

export const undoStarted = (steps: readonly string[], others: Change<'UndoStarted'> = {}): SagaEvent => ({
  type: 'UndoStarted',
  data: { cause: 'failure', failed: null, steps: [...steps], reason: null, ...others },
});

export const completed: SagaEvent = { type: 'SagaCompleted', data: {} };
export const sagaFailed = (step: string): SagaEvent => ({ type: 'SagaFailed', data: { failed: step } });
export const undone: SagaEvent = { type: 'SagaUndone', data: {} };
export const cancelled: SagaEvent = { type: 'SagaCancelled', data: {} };
export const undoFailed = (first: string, ...others: readonly string[]): SagaEvent => ({
  type: 'SagaUndoFailed',
  data: { steps: [first, ...others] },
});
