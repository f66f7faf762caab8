import type { StepAction } from '../../domain/names.ts';
import type { ShiftResult } from '../../domain/timershift/events.ts';
import type { CallContext } from '../context.ts';
import type { Result } from '../result.ts';
import type { RescheduleTimerInput, ShiftTimersInput, TimerReasonInput } from './inputs.ts';

/** A timer of a run, and the revision of the run at which the caller saw it. */
export type OnTimer = {
  readonly flowId: string;
  readonly step: string;
  readonly action: StepAction;
  readonly revision: number;
};

/** How far a shift has come, with the result of each run that had its turn. */
export type TimerShiftView = {
  readonly shiftId: string;
  readonly isFinished: boolean;
  /** How many runs there are to go through. */
  readonly runs: number;
  readonly counts: { readonly moved: number; readonly unchanged: number; readonly refused: number };
  /** Timers, of all runs together. */
  readonly timersMoved: number;
  readonly reason: string;
  readonly results: readonly ShiftResult[];
  /** Who asked for it. */
  readonly owner: string | null;
  readonly revision: number;
};

/** What people do with timers. Refusals: `precondition_failed`, `unknown_timer`, `run_paused`, `run_ended`. */
export type TimerHandlers = {
  /** Due at another time; at once where that has passed. */
  readonly rescheduleTimer: (
    on: OnTimer,
    input: RescheduleTimerInput,
    context: CallContext,
  ) => Promise<Result<null, string>>;
  readonly fireTimer: (
    on: OnTimer,
    input: TimerReasonInput,
    context: CallContext,
  ) => Promise<Result<null, string>>;
  readonly cancelTimer: (
    on: OnTimer,
    input: TimerReasonInput,
    context: CallContext,
  ) => Promise<Result<null, string>>;
  /**
   * Moves the matching timers of these runs, at most 10,000, at a pace and by whoever has the duty. The same
   * Idempotency-Key is the same shift, of the runs that were given first.
   */
  readonly shiftTimers: (
    flowIds: readonly string[],
    input: ShiftTimersInput,
    context: CallContext,
  ) => Promise<Result<{ readonly shiftId: string; readonly runs: number }, string>>;
  readonly getTimerShift: (shiftId: string) => Promise<TimerShiftView | undefined>;
};
