/* eslint-disable complexity -- flat lists of rules: the complexity is the number of rules */
import type { Definition } from '../../src/domain/orchestration/events.ts';
import type { SagaEvent, StepEvent } from '../../src/domain/saga/events.ts';
import { actionIn, hasFinalFailure, isSettled, leadsTo, owed, stepsOf } from './model-run.ts';
import type { RunModel } from './model-run.ts';
import type { Refuse } from './model-steps.ts';
import { RUN_TABLE } from './model-tables.ts';

export type RunEvent = Exclude<SagaEvent, StepEvent>;

/** One event of a whole run: checks that it may happen here and now, and notes it. */
export const applyRunEvent = (
  run: RunModel,
  event: RunEvent,
  definitionOf: (version: number) => Definition | null,
  refuse: Refuse,
): void => {
  if (!RUN_TABLE[event.type].includes(run.phase)) refuse(`I-22 ${event.type} while ${run.phase}`);
  switch (event.type) {
    case 'SagaStarted':
      run.phase = 'doing';
      run.version = event.data.definition?.version ?? null;
      run.definition = run.version === null ? null : definitionOf(run.version);
      return;
    case 'SagaDefinitionPinned':
      if (run.definition !== null) refuse('pinned twice');
      run.version = event.data.definition.version;
      run.definition = definitionOf(run.version);
      return;
    case 'SagaWaiting':
      if (run.definition !== null) refuse('waits for a definition it has');
      return;
    case 'SagaPaused':
      run.isPaused = true;
      return;
    case 'SagaResumed':
      resume(run, event, refuse);
      return;
    case 'SagaCancelRequested':
      run.cancelRequested = true;
      run.cancelUndoes = event.data.undo;
      return;
    case 'UndoStarted':
      startUndo(run, event, refuse);
      return;
    case 'SagaUndoFailed':
      checkStuck(run, refuse);
      run.isStuck = true;
      return;
    case 'SagaCompleted':
    case 'SagaFailed':
    case 'SagaUndone':
    case 'SagaCancelled':
      end(run, event.type, refuse);
  }
};

const resume = (
  run: RunModel,
  { data }: Extract<RunEvent, { type: 'SagaResumed' }>,
  refuse: Refuse,
): void => {
  if (!run.isPaused) refuse('resumed without a pause');
  run.isPaused = false;
  for (const { step, action, until } of data.timers) {
    const on = actionIn(run, step, action);
    if (until < (on.due ?? 0)) refuse('I-25 a timer was moved to an earlier time');
    on.due = until;
  }
};

const startUndo = (
  run: RunModel,
  { data }: Extract<RunEvent, { type: 'UndoStarted' }>,
  refuse: Refuse,
): void => {
  const { steps, cause } = data;
  const expected = owed(run);
  const isSame = steps.length === expected.length && expected.every((step) => steps.includes(step));
  if (!isSame) refuse(`I-23 undoes ${steps.join()} instead of ${expected.join()}`);
  const isOrdered = steps.every((step, at) =>
    steps.slice(at + 1).every((other) => !leadsTo(run, step, other)),
  );
  if (!isOrdered) refuse(`I-23 ${steps.join()} is not the reverse order`);
  if (run.phase === 'COMPLETED' && cause !== 'manual') refuse(`a completed run undone by ${cause}`);
  if (cause === 'failure' && !hasFinalFailure(run)) refuse('undoes for a failure that is not there');
  if (run.cancelRequested !== (cause === 'cancel')) refuse('I-28 cancelled and not cancelled');
  run.phase = 'undoing';
  run.isPaused = false;
  run.cause = cause;
  run.plan = steps;
};

const checkStuck = (run: RunModel, refuse: Refuse): void => {
  const places = run.plan.map((step) => actionIn(run, step, 'undo').place);
  if (!places.includes('blocked')) refuse('I-24 stuck without a blocked undo');
  if (places.some((place) => ['in-flight', 'backing-off', 'waiting'].includes(place)))
    refuse('stuck while undoing');
};

const ENDS = {
  SagaCompleted: 'COMPLETED',
  SagaFailed: 'FAILED',
  SagaUndone: 'UNDONE',
  SagaCancelled: 'CANCELLED',
} as const;

const end = (run: RunModel, type: keyof typeof ENDS, refuse: Refuse): void => {
  const isUndone = run.phase === 'undoing' && run.plan.every((step) => isSettled(run, step));
  const allDone = stepsOf(run).every(({ name }) => actionIn(run, name, 'do').place === 'done');
  if (type === 'SagaCompleted' && (!allDone || run.definition === null)) refuse('completed with steps open');
  if (type === 'SagaFailed' && (!hasFinalFailure(run) || owed(run).length > 0))
    refuse('failed with steps to undo');
  if (type === 'SagaUndone' && (!isUndone || run.cause === 'cancel')) refuse('I-23 undone with undos open');
  if (type === 'SagaCancelled' && (!run.cancelRequested || (run.phase === 'undoing' && !isUndone)))
    refuse('I-28 cancelled without a request, or with undos open');
  if (run.cancelRequested && type !== 'SagaCancelled') refuse(`I-28 cancelled, and then ${type}`);
  run.phase = ENDS[type];
  run.isPaused = false;
};
