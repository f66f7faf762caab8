import type { StepAction } from '../names.ts';
import type { Definition, StepDefinition } from '../orchestration/events.ts';
import { backoffMs } from './back-off.ts';
import type { SagaEvent } from './events.ts';
import { transportOf } from './facts.ts';
import type { Facts } from './facts.ts';
import { actionOf } from './state.ts';
import type { ActionRun, DefinitionRef, SagaRun } from './state.ts';
import { isUndone, stuckSteps, undoable, undoPlan } from './undo-plan.ts';

type OnStep = { readonly step: string; readonly action: StepAction };

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
  const moves = definition.steps.flatMap((step) => move(run, step, 'do', facts));
  if (moves.length > 0) return moves;
  const isDone = definition.steps.every(({ name }) => actionOf(run, name, 'do')?.status === 'succeeded');
  return isDone ? [{ type: 'SagaCompleted', data: {} }] : [];
};

/** The next move of one action, by where it stands. */
const move = (run: SagaRun, step: StepDefinition, action: StepAction, facts: Facts): readonly SagaEvent[] => {
  const on = { step: step.name, action };
  const current = actionOf(run, step.name, action);
  switch (current?.status) {
    case undefined:
      return mayStart(run, step, action) ? dispatch(run, step, action, facts) : [];
    case 'ready':
    case 'lapsed':
      return dispatch(run, step, action, facts);
    case 'waiting':
      return healed(run, on, facts);
    case 'failed':
    case 'timed-out':
      return retry(on, current, step, facts);
    case 'retry':
      return current.until !== null && current.until <= facts.now ? dispatch(run, step, action, facts) : [];
    case 'dispatched':
    case 'succeeded':
    case 'blocked':
    case 'skipped':
    case 'marked-done':
    case 'stopped':
    case 'unknown':
      return [];
  }
};

const mayStart = (run: SagaRun, step: StepDefinition, action: StepAction): boolean =>
  action === 'undo' || step.dependsOn.every((name) => actionOf(run, name, 'do')?.status === 'succeeded');

const healed = ({ orchName }: SagaRun, on: OnStep, facts: Facts): readonly SagaEvent[] => {
  const worker = facts.workers.get(on.step)?.[0];
  return worker === undefined
    ? []
    : [{ type: 'StepHealed', data: { orchName, ...on, service: worker.service } }];
};

const dispatch = (
  run: SagaRun,
  step: StepDefinition,
  action: StepAction,
  facts: Facts,
): readonly SagaEvent[] => {
  const on = { step: step.name, action };
  const current = actionOf(run, step.name, action);
  const attempt = (current?.attempt ?? 0) + 1;
  const transport = transportOf(facts, step.name);
  if (transport === undefined) return missingWorker(run, { ...on, attempt }, step, facts.now);
  const since = facts.now;
  const until = step.scheduleTimeoutMs === null ? null : since + step.scheduleTimeoutMs;
  const data = {
    ...on,
    attempt,
    iteration: current?.iteration ?? 0,
    transport,
    inputs: inputsOf(run, step, action),
    ...({ reason: 'with-worker', since, until, next: 'answer' } as const),
  };
  return [{ type: 'StepDispatched', data }];
};

const missingWorker = (
  { orchName }: SagaRun,
  { attempt, ...on }: OnStep & { readonly attempt: number },
  step: StepDefinition,
  now: number,
): readonly SagaEvent[] => {
  // An undo always waits: giving up would leave the effect standing.
  if (step.onMissingWorker === 'fail' && on.action === 'do') {
    const why = {
      cause: 'no-worker',
      retryable: false,
      code: 'no_worker',
      error: null,
      claim: null,
    } as const;
    return [{ type: 'StepFailed', data: { ...on, attempt, ...why } }];
  }
  const data = { reason: 'worker-missing', since: now, until: null, next: 'registration' } as const;
  return [{ type: 'StepWaiting', data: { orchName, ...on, ...data } }];
};

/** Earlier results the attempt gets: a do those it depends on, an undo the result of its own do. */
const inputsOf = (run: SagaRun, step: StepDefinition, action: StepAction) => {
  const names = action === 'do' ? step.dependsOn : [step.name];
  return names.flatMap((name) => {
    const result = actionOf(run, name, 'do')?.result;
    return result === undefined || result === null ? [] : [{ step: name, revision: result.revision }];
  });
};

const mayRetry = (action: ActionRun, { retry }: StepDefinition): boolean =>
  action.retryable && action.retries < retry.maxRetries;

const isFinal = (action: ActionRun | null, step: StepDefinition): boolean =>
  action !== null && (action.status === 'failed' || action.status === 'timed-out') && !mayRetry(action, step);

const retry = (on: OnStep, action: ActionRun, step: StepDefinition, facts: Facts): readonly SagaEvent[] => {
  const since = facts.now;
  if (!mayRetry(action, step)) {
    // Only an undo gets here: a do that is final has already turned the run to undoing or failed.
    const data = { reason: 'undo-blocked', since, until: null, next: 'operator' } as const;
    return [{ type: 'StepBlocked', data: { ...on, ...data } }];
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
  return [{ type: 'StepRetryScheduled', data }];
};

const failure = (run: SagaRun, definition: Definition, failed: string): readonly SagaEvent[] => {
  const steps = [...undoPlan(run, definition)];
  if (steps.length === 0) return [{ type: 'SagaFailed', data: { failed } }];
  return [{ type: 'UndoStarted', data: { cause: 'failure', failed, steps, reason: null } }];
};

const nextUndo = (run: SagaRun, definition: Definition, facts: Facts): readonly SagaEvent[] => {
  const startable = new Set(undoable(run, definition));
  const begun = definition.steps.filter(({ name }) => actionOf(run, name, 'undo') !== null);
  const fresh = definition.steps.filter(({ name }) => startable.has(name));
  // What has begun moves first: if it gets stuck, it may keep back what has not.
  for (const steps of [begun, fresh]) {
    const moves = steps.flatMap((step) => move(run, step, 'undo', facts));
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
