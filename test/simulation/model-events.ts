/* eslint-disable complexity -- flat lists of rules: the complexity is the number of rules */
import type { Definition } from '../../src/domain/orchestration/events.ts';
import { isOnStep } from '../../src/domain/saga/events.ts';
import type { SagaEvent, StepEvent } from '../../src/domain/saga/events.ts';
import { actionIn, hasFailed, isSettled, leadsTo, owed, stepsOf } from './model-run.ts';
import type { RunModel } from './model-run.ts';
import { applyStepEvent } from './model-steps.ts';
import type { Refuse, StepContext } from './model-steps.ts';
import { RUN_TABLE, WHILE_PAUSED } from './model-tables.ts';

type RunEvent = Exclude<SagaEvent, StepEvent>;
type DefinitionOf = (version: number) => Definition | null;

/** One event of a run: checks that it may happen here and now, and notes it. */
export const applyEvent = (context: StepContext, event: SagaEvent, definitionOf: DefinitionOf): void => {
  const { run, refuse } = context;
  if (run.isPaused && !WHILE_PAUSED.has(event.type)) refuse(`${event.type} while paused`);
  if (isOnStep(event)) applyStepEvent(context, event);
  else applyRunEvent(run, event, definitionOf, refuse);
};

const applyRunEvent = (run: RunModel, event: RunEvent, definitionOf: DefinitionOf, refuse: Refuse): void => {
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
      if (run.definition !== null || run.awaitsDefinition)
        refuse('waits for a definition it has, or says so twice');
      run.awaitsDefinition = true;
      return;
    case 'SagaPaused':
      run.isPaused = true;
      run.keepsDue = event.data.timers === 'keep-due';
      return;
    case 'SagaResumed':
      resume(run, event, refuse);
      return;
    case 'SagaCancelRequested':
      if (run.cancelRequested) refuse('I-28 cancelled twice');
      run.cancelRequested = true;
      run.cancelUndoes = event.data.undo;
      return;
    case 'UndoStarted':
      startUndo(run, event, refuse);
      return;
    case 'SagaUndoFailed':
      checkStuck(run, event, refuse);
      run.isStuck = true;
      return;
    case 'SagaCompleted':
    case 'SagaFailed':
    case 'SagaUndone':
    case 'SagaCancelled':
      end(run, event, refuse);
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
    if (run.keepsDue ? until !== on.due : until < (on.due ?? 0))
      refuse('I-25 a timer was moved, or to an earlier time');
    on.due = until;
  }
};

const startUndo = (
  run: RunModel,
  { data }: Extract<RunEvent, { type: 'UndoStarted' }>,
  refuse: Refuse,
): void => {
  const { steps, cause, failed } = data;
  const expected = owed(run);
  const isSame = steps.length === expected.length && expected.every((step) => steps.includes(step));
  if (!isSame) refuse(`I-23 undoes ${steps.join()} instead of ${expected.join()}`);
  const isOrdered = steps.every((step, at) =>
    steps.slice(at + 1).every((other) => !leadsTo(run, step, other)),
  );
  if (!isOrdered) refuse(`I-23 ${steps.join()} is not the reverse order`);
  if (run.phase === 'COMPLETED' && cause !== 'manual') refuse(`a completed run undone by ${cause}`);
  if (cause === 'failure' && (failed === null || !hasFailed(run, failed) || steps.length === 0))
    refuse('undoes for a failure that is not there, or nothing');
  if (run.cancelRequested !== (cause === 'cancel') || run.cancelUndoes !== (cause === 'cancel'))
    refuse('I-28 cancelled and not cancelled');
  run.phase = 'undoing';
  run.isPaused = false;
  run.cause = cause;
  run.plan = steps;
};

const checkStuck = (
  run: RunModel,
  { data }: Extract<RunEvent, { type: 'SagaUndoFailed' }>,
  refuse: Refuse,
): void => {
  if (run.isStuck) refuse('I-24 says twice that it is stuck');
  const places = run.plan.map((step) => actionIn(run, step, 'undo').place);
  const blocked = run.plan.filter((_, at) => places[at] === 'blocked');
  if (data.steps.join() !== blocked.join()) refuse('I-24 names other steps than those that are blocked');
  if (places.some((place) => ['in-flight', 'backing-off', 'waiting'].includes(place)))
    refuse('stuck while undoing');
};

const ENDS = {
  SagaCompleted: 'COMPLETED',
  SagaFailed: 'FAILED',
  SagaUndone: 'UNDONE',
  SagaCancelled: 'CANCELLED',
} as const;

const end = (run: RunModel, event: Extract<RunEvent, { type: keyof typeof ENDS }>, refuse: Refuse): void => {
  const { type } = event;
  const isUndone = run.phase === 'undoing' && run.plan.every((step) => isSettled(run, step));
  const allDone = stepsOf(run).every(({ name }) => actionIn(run, name, 'do').place === 'done');
  if (type === 'SagaCompleted' && (!allDone || run.definition === null)) refuse('completed with steps open');
  if (type === 'SagaFailed' && (!hasFailed(run, event.data.failed) || owed(run).length > 0))
    refuse('failed with steps to undo');
  if (type === 'SagaUndone' && (!isUndone || run.cause === 'cancel')) refuse('I-23 undone with undos open');
  const mustUndo = run.phase === 'undoing' ? !isUndone : run.cancelUndoes && owed(run).length > 0;
  if (type === 'SagaCancelled' && (!run.cancelRequested || mustUndo))
    refuse('I-28 cancelled without a request, or with undos open');
  if (run.cancelRequested && type !== 'SagaCancelled') refuse(`I-28 cancelled, and then ${type}`);
  run.phase = ENDS[type];
  run.isPaused = false;
};
