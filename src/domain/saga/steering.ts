import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { RunCommand, SagaRejection } from './commands.ts';
import type { SagaEvent } from './events.ts';
import type { Facts } from './facts.ts';
import { actionOf, statusOf } from './state.ts';
import type { ActionRun, SagaRun } from './state.ts';
import { timersOf } from './timers.ts';
import { undoPlan } from './undo-plan.ts';

type SagaDecision = Decision<SagaEvent, SagaRejection>;
type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }> & { readonly facts: Facts };

const hasEnded = (run: SagaRun): SagaDecision => reject('run_ended', `the run has ended: ${statusOf(run)}`);

const isPaused = reject('run_paused', 'the run is paused: resume, cancel or undo it');

const isUndoing = reject('already_undoing', 'the run is being undone: it can no longer be cancelled');

const planOf = (run: SagaRun, { definition }: Facts) => undoPlan(run, definition?.content ?? null);

/** Undoes what was done; the one command that reopens a completed run. */
export const undo = ({ reason, facts }: Of<'UndoSaga'>, run: SagaRun): SagaDecision => {
  if (run.ended === 'UNDONE') return accept();
  if (run.ended !== null && run.ended !== 'COMPLETED') return hasEnded(run);
  if (run.undoFailed)
    return reject('undo_blocked', 'the undo is blocked: retry, skip or complete the blocked step');
  if (run.phase === 'undo') return accept();
  const steps = [...planOf(run, facts)];
  return accept({ type: 'UndoStarted', data: { cause: 'manual', failed: null, steps, reason } });
};

/** Starts no new step; with `undo`, what is in flight counts as unknown and is undone too. */
export const cancel = (command: Of<'CancelSaga'>, run: SagaRun): SagaDecision => {
  if (run.ended !== null) return run.ended === 'CANCELLED' ? accept() : hasEnded(run);
  if (run.undo !== null) return run.undo.cause === 'cancel' ? accept() : isUndoing;
  const { reason, facts } = command;
  const requested = { type: 'SagaCancelRequested', data: { undo: command.undo, reason } } as const;
  const steps = command.undo ? [...planOf(run, facts)] : [];
  if (steps.length === 0) return accept<SagaEvent>(requested, { type: 'SagaCancelled', data: {} });
  const started = { cause: 'cancel', failed: null, steps, reason } as const;
  return accept<SagaEvent>(requested, { type: 'UndoStarted', data: started });
};

export const pause = ({ timers, reason, facts }: Of<'PauseSaga'>, run: SagaRun): SagaDecision => {
  if (run.ended !== null) return hasEnded(run);
  if (run.paused !== null) return accept();
  return accept({ type: 'SagaPaused', data: { timers, since: facts.now, reason } });
};

/** Timers are armed again: at their old due times, or later by the length of the pause, as the pause said. */
export const resume = ({ reason, facts }: Of<'ResumeSaga'>, run: SagaRun): SagaDecision => {
  if (run.ended !== null) return hasEnded(run);
  if (run.paused === null) return accept();
  const shift = run.paused.timers === 'keep-due' ? 0 : Math.max(0, facts.now - run.paused.since);
  return accept({ type: 'SagaResumed', data: { timers: openTimers(run, shift), reason } });
};

const openTimers = (run: SagaRun, shift: number) =>
  timersOf(run).map(({ step, action, until }) => ({ step, action, until: until + shift }));

/** Tries what is blocked once more, as a new effect, or a step that waits out its back-off at once. */
export const retryStep = ({ step, reason, facts }: Of<'RetryStep'>, run: SagaRun): SagaDecision => {
  if (run.ended !== null) return hasEnded(run);
  if (run.paused !== null) return isPaused;
  const action = run.phase;
  const current = actionOf(run, step, action);
  if (current === null || !isRetriable(current))
    return unlessUnknown(
      step,
      facts,
      reject('step_not_retrying', `step ${step} is neither blocked nor waiting for a retry`),
    );
  // Where an earlier attempt may have had its effect, the outside world must see the same effect id again.
  const isNewEffect = current.status === 'blocked' && !current.uncertain;
  const iteration = current.iteration + (isNewEffect ? 1 : 0);
  return accept({ type: 'StepRetryRequested', data: { step, action, iteration, reason } });
};

const isRetriable = ({ status }: ActionRun): boolean => status === 'blocked' || status === 'retry';

const unlessUnknown = (step: string, { definition }: Facts, refusal: SagaDecision): SagaDecision =>
  definition?.content.steps.some(({ name }) => name === step)
    ? refusal
    : reject('unknown_step', `the run has no step ${step}`);

export const skipStep = ({ step, reason, facts }: Of<'SkipStep'>, run: SagaRun): SagaDecision =>
  notBlocked(step, facts, run) ?? accept({ type: 'StepSkipped', data: { step, action: 'undo', reason } });

/** A person has undone it by hand. */
export const completeStep = ({ step, reason, facts }: Of<'CompleteStep'>, run: SagaRun): SagaDecision =>
  notBlocked(step, facts, run) ?? accept({ type: 'StepMarkedDone', data: { step, action: 'undo', reason } });

const notBlocked = (step: string, facts: Facts, run: SagaRun): SagaDecision | undefined => {
  if (run.paused !== null) return isPaused;
  const undone = actionOf(run, step, 'undo');
  if (undone?.status === 'blocked') return undefined;
  if (undone?.status === 'skipped' || undone?.status === 'marked-done') return accept();
  return unlessUnknown(step, facts, reject('step_not_blocked', `the undo of step ${step} is not blocked`));
};
