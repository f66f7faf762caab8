import type { Definition } from '../../src/domain/orchestration/events.ts';
import { isOnStep } from '../../src/domain/saga/events.ts';
import type { SagaEvent, StepEvent } from '../../src/domain/saga/events.ts';
import { FAILURES, OVER, sagaModel } from './saga-model.ts';
import type { On } from './saga-model.ts';
import { stepRules } from './saga-step-rules.ts';

type RunEvent = Exclude<SagaEvent, StepEvent>;
type DataOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>['data'];

const WHILE_PAUSED = new Set<SagaEvent['type']>([
  'StepSucceeded',
  'StepFailed',
  'SagaResumed',
  'SagaCancelRequested',
  'UndoStarted',
  'SagaCancelled',
]);
const MOVING = ['StepWaiting', 'StepDispatched', 'StepRetryScheduled'] as const;

/** Sees a run's events one by one, and the run whenever it rests. @throws RuleBroken naming the rule. */
export const sagaChecker = (definition: Definition) => {
  const model = sagaModel(definition);
  const { run, must, begin, is, dependsOn, toUndo, isFree, isHeld, blocked, isUndone } = model;
  const { steps } = definition;
  const endings = new Set<'do' | 'undo'>();
  const onStep = stepRules(model);
  const hasFailed = (step: string | null) => step !== null && is({ step, action: 'do' }, ...FAILURES);

  const resume = ({ timers }: DataOf<'SagaResumed'>): void => {
    must(run.isPaused, 'what resumes was paused');
    run.isPaused = false;
    for (const timer of timers.filter((armed) => is(armed, 'StepRetryScheduled'))) {
      const action = begin(timer);
      must(
        run.keepsDue ? timer.until === action.due : timer.until >= action.due,
        'timers as the pause said (I-25)',
      );
      action.due = timer.until;
    }
  };

  const undo = ({ steps: plan, cause, failed }: DataOf<'UndoStarted'>): void => {
    must(run.phase === 'do', 'a run is undone once');
    must(
      plan.toSorted().join() === toUndo().toSorted().join(),
      'all that may have happened is undone (I-23)',
    );
    const isReverse = plan.every((step, at) => !plan.slice(at).some((later) => dependsOn(later, step)));
    must(isReverse, 'what depends on a step is undone before it (I-23)');
    must(cause !== 'failure' || (hasFailed(failed) && plan.length > 0), 'a failure caused it');
    must((cause === 'cancel') === (run.cancels === 'undo'), 'a cancel caused it');
    Object.assign(run, { phase: 'undo', plan, isPaused: false, ended: null });
  };

  const end = (type: SagaEvent['type'], holds: boolean): void => {
    must(holds, `${type} says what happened`);
    must((type === 'SagaCancelled') === (run.cancels !== null), 'cancel wins or loses, never both (I-28)');
    must(!endings.has(run.phase), 'one end per phase (I-22)');
    endings.add(run.phase);
    Object.assign(run, { ended: type, isPaused: false });
  };

  const isDone = () =>
    run.phase === 'do' && steps.every(({ name }) => is({ step: name, action: 'do' }, 'StepSucceeded'));
  const isLost = (failed: string) => run.phase === 'do' && toUndo().length === 0 && hasFailed(failed);
  const isCancelled = () =>
    run.phase === 'do' ? run.cancels === 'keep' || toUndo().length === 0 : isUndone();

  const onRun = (event: RunEvent): void => {
    switch (event.type) {
      case 'SagaStarted':
        must(run.revision === 0, 'a run starts once');
        run.isPinned = event.data.definition !== null;
        return;
      case 'SagaWaiting':
        must(!run.isPinned && !run.awaitsDefinition, 'it says once that it waits for a definition');
        run.awaitsDefinition = true;
        return;
      case 'SagaDefinitionPinned':
        must(!run.isPinned, 'a definition is pinned once');
        run.isPinned = true;
        return;
      case 'SagaPaused':
        run.isPaused = true;
        run.keepsDue = event.data.timers === 'keep-due';
        return;
      case 'SagaResumed':
        resume(event.data);
        return;
      case 'SagaCancelRequested':
        must(run.phase === 'do' && run.cancels === null, 'it is cancelled once, before any undo');
        run.cancels = event.data.undo ? 'undo' : 'keep';
        return;
      case 'UndoStarted':
        undo(event.data);
        return;
      case 'SagaCompleted':
        end(event.type, isDone());
        return;
      case 'SagaFailed':
        end(event.type, isLost(event.data.failed));
        return;
      case 'SagaUndone':
        end(event.type, isUndone());
        return;
      case 'SagaCancelled':
        end(event.type, isCancelled());
        return;
      case 'SagaUndoFailed':
        must(event.data.steps.join() === blocked().join(), 'it names what is blocked (I-24)');
        must(!run.undoFailed, 'it says so once (I-24)');
        run.undoFailed = true;
        return;
    }
  };

  const see = (event: SagaEvent): void => {
    run.revision += 1;
    const reopens = run.ended === 'SagaCompleted' && event.type === 'UndoStarted';
    must(run.ended === null || reopens, 'nothing follows an end (I-22)');
    must(!run.isPaused || WHILE_PAUSED.has(event.type), 'a paused run starts nothing');
    if (isOnStep(event)) onStep(event);
    else onRun(event);
  };

  const restOf = (on: On): void => {
    must(is(on, ...MOVING, 'StepBlocked', ...OVER, null), `${on.step} says why it waits`);
    must(!is(on, null) || !isFree(on) || isHeld(), `${on.step} has started`);
  };

  const waits = (here: readonly On[]): void => {
    const isMoving = here.some((on) => is(on, ...MOVING));
    const isStuck = here.some((on) => is(on, 'StepBlocked'));
    must(isMoving || isStuck, 'a run that is open waits for something (I-27)');
    const onlyUndone = run.phase === 'undo' && !isMoving;
    must(run.undoFailed === onlyUndone, 'an undo that only a person moves on says so (I-24)');
  };

  /** When nothing follows by itself: everything open says why, and nothing that could go on stands still. */
  const rest = (): void => {
    if (run.ended !== null || run.isPaused) return;
    must(run.isPinned || run.awaitsDefinition, 'a run without a definition says so');
    if (!run.isPinned) return;
    const names = run.phase === 'do' ? steps.map(({ name }) => name) : run.plan;
    const here = names.map((step) => ({ step, action: run.phase }));
    for (const on of here) restOf(on);
    waits(here);
  };

  return { see, rest };
};
