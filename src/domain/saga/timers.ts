import { accept, reject } from '../decider.ts';
import type { Decision, Rejection } from '../decider.ts';
import type { OnAction } from '../names.ts';
import type { RunCommand, SagaRejection, TimerMatch, TimerMove } from './commands.ts';
import type { SagaEvent, TimerEvent } from './events.ts';
import type { Facts } from './facts.ts';
import { actionOf, statusOf } from './state.ts';
import type { ActionRun, SagaRun } from './state.ts';

type SagaDecision = Decision<SagaEvent, SagaRejection>;
type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }> & { readonly facts: Facts };

/** Something a run does by itself at a known time: tries a step again, or gives up an attempt that nobody took. */
export type RunTimer = OnAction & {
  readonly kind: 'retry' | 'schedule';
  /** The latest attempt of the action. */
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
};

/** The last millisecond of the year 9999: what is moved further stays there. */
const LAST_MS = 253_402_300_799_999;

/** Every timer of a run, those of a paused run included. */
export const timersOf = (run: SagaRun): readonly RunTimer[] =>
  [...run.steps].flatMap(([step, actions]) =>
    (['do', 'undo'] as const).flatMap((action) => timerIn({ step, action }, actions[action])),
  );

const timerIn = (on: OnAction, current: ActionRun | null): readonly RunTimer[] => {
  if (current === null || current.until === null) return [];
  const kind = current.status === 'retry' ? 'retry' : 'schedule';
  return [{ ...on, kind, attempt: current.attempt, until: current.until }];
};

/** A time that has passed already fires the timer at once. */
export const rescheduleTimer = (command: Of<'RescheduleTimer'>, run: SagaRun): SagaDecision => {
  const timer = named(command, run);
  if (timer.kind === 'rejected') return timer;
  return accept(...rescheduled(timer, command.until, command.reason));
};

/** Whoever waits out a back-off is tried again now; a task that nobody has taken is given up now. */
export const fireTimer = (command: Of<'FireTimer'>, run: SagaRun): SagaDecision => {
  const timer = named(command, run);
  if (timer.kind === 'rejected') return timer;
  const { until: due, ...on } = timer;
  return accept({ type: 'TimerFired', data: { ...on, due, at: command.facts.now, reason: command.reason } });
};

/** Without its retry a step waits for a person; without its deadline a task may lie on offer for ever. */
export const cancelTimer = (command: Of<'CancelTimer'>, run: SagaRun): SagaDecision => {
  const timer = named(command, run);
  if (timer.kind === 'rejected') return timer;
  const { until: due, ...on } = timer;
  const { reason, facts } = command;
  return accept({ type: 'TimerCancelled', data: { ...on, due, since: facts.now, reason } });
};

/** Moves every timer that matches, in one append; none that does not. */
export const shiftTimers = (command: Of<'ShiftTimers'>, run: SagaRun): SagaDecision => {
  const { match, move, reason, facts } = command;
  const refusal = refused(command, run);
  if (refusal !== undefined) return refusal;
  const matching = timersOf(run).filter((timer) => matches(match, timer) && !isPast(timer, facts));
  return accept(...matching.flatMap((timer) => rescheduled(timer, movedTo(move, timer), reason)));
};

const rescheduled = (
  { until: from, ...on }: RunTimer,
  until: number,
  reason: string,
): readonly SagaEvent[] =>
  until === from ? [] : [{ type: 'TimerRescheduled', data: { ...on, from, until, reason } }];

const matches = ({ step, kind, from, before }: TimerMatch, timer: RunTimer): boolean =>
  (step === null || step === timer.step) &&
  (kind === null || kind === timer.kind) &&
  (from === null || timer.until >= from) &&
  (before === null || timer.until < before);

const movedTo = (move: TimerMove, { until }: RunTimer): number =>
  'to' in move ? move.to : movedBy(until, move.byMs);

/** A time moved by so many milliseconds, as far as times go. */
export const movedBy = (until: number, byMs: number): number => Math.min(LAST_MS, Math.max(0, until + byMs));

type Named = Of<'RescheduleTimer'> | Of<'FireTimer'> | Of<'CancelTimer'>;

const named = (command: Named, run: SagaRun): RunTimer | Rejection<SagaRejection> => {
  const { step, action, facts } = command;
  const refusal = refused(command, run);
  if (refusal !== undefined) return refusal;
  const [timer] = timerIn({ step, action }, actionOf(run, step, action));
  if (timer === undefined)
    return reject('unknown_timer', `nothing is due by itself for the ${action} of step ${step}`);
  return isPast(timer, facts) ? reject('timer_due', `the deadline of step ${step} has come`) : timer;
};

/** Once a deadline has come, the task may be off offer for good: the log would only be told later. */
const isPast = ({ kind, until }: RunTimer, { now }: Facts): boolean => kind === 'schedule' && until <= now;

/** Only who knows where the run stands moves its timers; while it is paused they stand still. */
const refused = (
  { revision }: { readonly revision: number },
  run: SagaRun,
): Rejection<SagaRejection> | undefined => {
  if (revision !== run.revision)
    return reject('precondition_failed', `the run is at revision ${String(run.revision)}`);
  if (run.ended !== null) return reject('run_ended', `the run has ended: ${statusOf(run)}`);
  if (run.paused !== null) return reject('run_paused', 'timers stand still while a run is paused');
  return undefined;
};

/** What one of these makes of the action it is about. */
export const movedTimer = (before: ActionRun, event: TimerEvent): ActionRun => {
  const isRetry = event.data.kind === 'retry';
  switch (event.type) {
    case 'TimerRescheduled':
      return { ...before, until: event.data.until };
    case 'TimerFired':
      // A deadline that is due now is acted on where the tasks are: one that a worker has stays with it.
      return isRetry ? { ...before, status: 'ready', until: null } : { ...before, until: event.data.at };
    case 'TimerCancelled':
      return isRetry ? { ...before, status: 'blocked', until: null } : { ...before, until: null };
  }
};
