import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { RunCommand, SagaRejection } from './commands.ts';
import type { SagaEvent } from './events.ts';
import type { Facts } from './facts.ts';
import { actionOf } from './state.ts';
import type { ActionRun, SagaRun } from './state.ts';

type SagaDecision = Decision<SagaEvent, SagaRejection>;
type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }> & { readonly facts: Facts };

/**
 * Records an answer for the attempt in flight. One for an attempt already answered changes nothing; one for
 * an attempt that was fenced (replaced, timed out, undone) is refused as late. While paused, answers are kept.
 */
export const answer = (command: Of<'AnswerStep'>, run: SagaRun): SagaDecision => {
  const { step, action, claim } = command;
  const current = actionOf(run, step, action);
  if (current === null) return reject('unknown_step', `step ${step} has not been dispatched to ${action}`);
  const attempt = command.attempt ?? current.attempt;
  if (current.status !== 'dispatched' || attempt !== current.attempt)
    return isAnswered(current, attempt)
      ? accept()
      : reject('late_answer', `attempt ${String(attempt)} of step ${step} is no longer the current one`);
  const on = { step, action, attempt };
  if (command.answer.kind === 'success')
    return accept({ type: 'StepSucceeded', data: { ...on, result: command.answer.result, claim } });
  const { code, error } = command.answer;
  const retryable = command.answer.retryable && !isNonRetryable(command, code);
  return accept({ type: 'StepFailed', data: { ...on, cause: 'answer', retryable, code, error, claim } });
};

const isNonRetryable = ({ facts, step }: Of<'AnswerStep'>, code: string | null): boolean => {
  const defined = facts.definition?.content.steps.find(({ name }) => name === step);
  return code !== null && defined?.retry.nonRetryable.includes(code) === true;
};

const isAnswered = ({ answered }: ActionRun, attempt: number): boolean =>
  answered > 0 && attempt === answered;

/** The attempt's time is up: its outcome is unknown, or, still unclaimed, it never started. */
export const timeOut = (command: Of<'TimeOutStep'>, run: SagaRun): SagaDecision => {
  const { step, action, attempt, kind, claim } = command;
  return (
    refusal(command, run) ?? accept({ type: 'StepTimedOut', data: { step, action, attempt, kind, claim } })
  );
};

/** The worker's lease ran out: the next attempt does not use up a retry. */
export const lapse = (command: Of<'LapseStep'>, run: SagaRun): SagaDecision => {
  const { step, action, attempt, claim } = command;
  return refusal(command, run) ?? accept({ type: 'StepLapsed', data: { step, action, attempt, claim } });
};

/** Nobody is left who could take the attempt, and nobody has: its step is handed out as if it had never been. */
export const takeBack = (command: Of<'TakeBackStep'>, run: SagaRun): SagaDecision => {
  const { step, action, attempt } = command;
  return refusal(command, run) ?? accept({ type: 'StepTakenBack', data: { step, action, attempt } });
};

type OnAttempt = Of<'TimeOutStep'> | Of<'LapseStep'> | Of<'TakeBackStep'>;

/** Time does not run against a paused run, and only ever against the attempt in flight. */
const refusal = ({ step, action, attempt }: OnAttempt, run: SagaRun): SagaDecision | undefined => {
  const current = actionOf(run, step, action);
  if (current === null) return reject('unknown_step', `step ${step} has not been dispatched to ${action}`);
  if (current.status !== 'dispatched' || current.attempt !== attempt)
    return reject('stale_attempt', `attempt ${String(attempt)} of step ${step} is not in flight`);
  return run.paused === null ? undefined : reject('run_paused', 'timers stand still while a run is paused');
};
