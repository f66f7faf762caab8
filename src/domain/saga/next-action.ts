import type { OnAction, StepAction } from '../names.ts';
import type { Definition, StepDefinition } from '../orchestration/events.ts';
import { backoffMs } from './back-off.ts';
import { dispatch } from './dispatch.ts';
import type { SagaEvent } from './events.ts';
import type { Facts } from './facts.ts';
import { actionOf } from './state.ts';
import type { ActionRun, DefinitionRef, SagaRun } from './state.ts';
import { begunUndos, isUndone, stuckSteps, undoable, undoPlan } from './undo-plan.ts';

/**
 * What a run does next by itself: the events that follow from where it stands, or none when it waits or has
 * ended. Asking again after folding them gives the events after those; it comes to rest in finitely many asks.
 */
export const nextEvents = (run: SagaRun, facts: Facts): readonly SagaEvent[] => {
  if (run.ended !== null || run.paused !== null) return [];
  if (run.definition === null) return run.phase === 'undo' ? ending(run) : definitionEvents(run, facts);
  const definition = facts.definition?.content;
  if (definition === undefined) return [];
  return run.phase === 'do' ? nextDo(run, definition, facts) : nextUndo(run, definition, facts);
};

/** What the events of a run say of the definition it is pinned to. */
export const refOf = ({
  version,
  hash,
  initiator,
  content,
}: NonNullable<Facts['definition']>): DefinitionRef => ({
  version,
  hash,
  type: content.type,
  initiator,
});

const definitionEvents = (run: SagaRun, { definition, now }: Facts): readonly SagaEvent[] => {
  if (definition !== null) {
    return [{ type: 'SagaDefinitionPinned', data: { definition: refOf(definition) } }];
  }
  if (run.awaitsDefinition) return [];
  const data = { reason: 'definition-missing', since: now, until: null, next: 'registration' } as const;
  return [{ type: 'SagaWaiting', data: { orchName: run.orchName, ...data } }];
};

const nextDo = (run: SagaRun, definition: Definition, facts: Facts): readonly SagaEvent[] => {
  const failed = definition.steps.find((step) => isFinal(actionOf(run, step.name, 'do'), step));
  if (failed !== undefined) return failure(run, definition, failed.name);
  const moves = movesOf(run, definition.steps, 'do', facts);
  if (moves.length > 0) return moves;
  const isDone = definition.steps.every(({ name }) => actionOf(run, name, 'do')?.status === 'succeeded');
  return isDone ? [{ type: 'SagaCompleted', data: {} }] : [];
};

const movesOf = (
  run: SagaRun,
  steps: readonly StepDefinition[],
  action: StepAction,
  facts: Facts,
): readonly SagaEvent[] => {
  const moves: SagaEvent[] = [];
  for (const step of steps) {
    const event = move(run, step, action, facts);
    if (event !== undefined) moves.push(event);
  }
  return moves;
};

/** The next move of one action, by where it stands. */
const move = (
  run: SagaRun,
  step: StepDefinition,
  action: StepAction,
  facts: Facts,
): SagaEvent | undefined => {
  const current = actionOf(run, step.name, action);
  switch (current?.status) {
    case undefined:
      return mayStart(run, step, action) ? dispatch(run, step, action, facts) : undefined;
    case 'ready':
    case 'lapsed':
      return dispatch(run, step, action, facts);
    case 'waiting':
      return healed(run, { step: step.name, action }, facts);
    case 'failed':
    case 'timed-out':
      return retry({ step: step.name, action }, current, step, facts);
    case 'retry': {
      const isDue = current.until !== null && current.until <= facts.now;
      return isDue ? dispatch(run, step, action, facts) : undefined;
    }
    case 'dispatched':
    case 'succeeded':
    case 'blocked':
    case 'skipped':
    case 'marked-done':
    case 'stopped':
    case 'unknown':
      return undefined;
  }
};

const mayStart = (run: SagaRun, step: StepDefinition, action: StepAction): boolean =>
  action === 'undo' || step.dependsOn.every((name) => actionOf(run, name, 'do')?.status === 'succeeded');

const healed = ({ orchName }: SagaRun, on: OnAction, facts: Facts): SagaEvent | undefined => {
  const worker = facts.workers.get(on.step)?.[0];
  return worker === undefined
    ? undefined
    : { type: 'StepHealed', data: { orchName, ...on, service: worker.service } };
};

const mayRetry = (action: ActionRun, { retry }: StepDefinition): boolean =>
  action.retryable && action.retries < retry.maxRetries;

const isFinal = (action: ActionRun | null, step: StepDefinition): boolean =>
  action !== null && (action.status === 'failed' || action.status === 'timed-out') && !mayRetry(action, step);

const retry = (on: OnAction, action: ActionRun, step: StepDefinition, facts: Facts): SagaEvent => {
  const since = facts.now;
  if (!mayRetry(action, step)) {
    // Only an undo gets here: a do that is final has already turned the run to undoing or failed.
    const data = { reason: 'undo-blocked', since, until: null, next: 'operator' } as const;
    return { type: 'StepBlocked', data: { ...on, ...data } };
  }
  const until = since + backoffMs(step, action.retries, facts.random);
  const data = {
    ...on,
    attempt: action.attempt + 1,
    reason: 'retry-backoff',
    since,
    until,
    next: 'retry',
  } as const;
  return { type: 'StepRetryScheduled', data };
};

const failure = (run: SagaRun, definition: Definition, failed: string): readonly SagaEvent[] => {
  const steps = [...undoPlan(run, definition)];
  if (steps.length === 0) return [{ type: 'SagaFailed', data: { failed } }];
  return [{ type: 'UndoStarted', data: { cause: 'failure', failed, steps, reason: null } }];
};

const nextUndo = (run: SagaRun, definition: Definition, facts: Facts): readonly SagaEvent[] => {
  // What has begun moves first: if it gets stuck, it may keep back what has not.
  for (const names of [begunUndos(run, definition), undoable(run, definition)]) {
    const steps = definition.steps.filter(({ name }) => names.includes(name));
    const moves = movesOf(run, steps, 'undo', facts);
    if (moves.length > 0) return moves;
  }
  const planned = run.undo?.steps ?? [];
  return planned.every((step) => isUndone(run, step)) ? ending(run) : undoFailed(run);
};

const undoFailed = (run: SagaRun): readonly SagaEvent[] => {
  const [first, ...others] = stuckSteps(run);
  if (first === undefined || run.undoFailed) return [];
  return [{ type: 'SagaUndoFailed', data: { steps: [first, ...others] } }];
};

const ending = (run: SagaRun): readonly SagaEvent[] => [
  run.undo?.cause === 'cancel' ? { type: 'SagaCancelled', data: {} } : { type: 'SagaUndone', data: {} },
];
