import type { OnAction } from '../names.ts';
import type { KeyId, Sealed } from '../sealed.ts';
import type { Facts } from './facts.ts';

export type OnAttempt = OnAction & { readonly attempt: number };
export type ClaimFact = { readonly by: string; readonly at: number } | null;
type Reason = { readonly reason: string | null };

/** A timer of the run as it was seen at this revision. */
type OnTimer = OnAction & { readonly revision: number; readonly reason: string };

/** Which timers are meant: all conditions hold, null is none. Times in milliseconds, `before` exclusive. */
export type TimerMatch = {
  readonly step: string | null;
  readonly kind: 'retry' | 'schedule' | null;
  readonly from: number | null;
  readonly before: number | null;
};

/** To one time, or each by as much, in milliseconds. */
export type TimerMove = { readonly to: number } | { readonly byMs: number };

export type Answer =
  | { readonly kind: 'success'; readonly result: Sealed | null }
  | {
      readonly kind: 'failure';
      readonly retryable: boolean;
      readonly code: string | null;
      readonly error: Sealed | null;
    };

export type StartSaga = {
  readonly type: 'StartSaga';
  readonly orchName: string;
  readonly keyId: KeyId;
  readonly input: Sealed | null;
};

/** Everything that can be said to a run once it has started. */
export type RunCommand =
  /** Does what is due: heals, retries, pins a definition that arrived. Safe to send at any time. */
  | { readonly type: 'AdvanceSaga' }
  /** An attempt of null counts for the current one. */
  | ({
      readonly type: 'AnswerStep';
      readonly attempt: number | null;
      readonly answer: Answer;
      readonly claim: ClaimFact;
    } & OnAction)
  | ({
      readonly type: 'TimeOutStep';
      readonly kind: 'run' | 'schedule';
      readonly claim: ClaimFact;
    } & OnAttempt)
  | ({ readonly type: 'LapseStep'; readonly claim: ClaimFact } & OnAttempt)
  /** Of an attempt that nobody can take any more: whoever says so has seen to that. */
  | ({ readonly type: 'TakeBackStep' } & OnAttempt)
  | ({ readonly type: 'UndoSaga' } & Reason)
  | ({ readonly type: 'CancelSaga'; readonly undo: boolean } & Reason)
  | ({ readonly type: 'PauseSaga'; readonly timers: 'keep-due' | 'keep-remaining' } & Reason)
  | ({ readonly type: 'ResumeSaga' } & Reason)
  | ({ readonly type: 'RetryStep'; readonly step: string } & Reason)
  | { readonly type: 'SkipStep'; readonly step: string; readonly reason: string }
  | { readonly type: 'CompleteStep'; readonly step: string; readonly reason: string }
  | ({ readonly type: 'RescheduleTimer'; readonly until: number } & OnTimer)
  | ({ readonly type: 'FireTimer' } & OnTimer)
  | ({ readonly type: 'CancelTimer' } & OnTimer)
  | {
      readonly type: 'ShiftTimers';
      readonly revision: number;
      readonly match: TimerMatch;
      readonly move: TimerMove;
      readonly reason: string;
    };

export type SagaCommand = (StartSaga | RunCommand) & { readonly facts: Facts };

export type SagaRejection =
  | 'unknown_run'
  | 'run_exists'
  | 'unknown_step'
  | 'late_answer'
  | 'run_ended'
  | 'run_paused'
  | 'already_undoing'
  | 'undo_blocked'
  | 'step_not_blocked'
  | 'step_not_retrying'
  | 'stale_attempt'
  | 'unknown_timer'
  | 'timer_due'
  | 'precondition_failed'
  | 'definition_mismatch';
