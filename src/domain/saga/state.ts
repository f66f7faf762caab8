import type { StepAction, Transport } from '../names.ts';
import type { Definition } from '../orchestration/events.ts';
import type { KeyId, Sealed } from '../sealed.ts';

/**
 * One action (do or undo) of one step.
 * `ready`: to be dispatched; `failed`, `timed-out`, `lapsed`: an attempt ended and the next move is open;
 * `stopped`: never started, and now never will; `unknown`: fenced while its outcome was open.
 */
export type ActionStatus =
  | 'waiting'
  | 'ready'
  | 'dispatched'
  | 'failed'
  | 'timed-out'
  | 'lapsed'
  | 'retry'
  | 'succeeded'
  | 'blocked'
  | 'skipped'
  | 'marked-done'
  | 'stopped'
  | 'unknown';

export type ActionRun = {
  readonly status: ActionStatus;
  /** Number of the latest attempt, 0 before the first. */
  readonly attempt: number;
  readonly iteration: number;
  readonly retries: number;
  /** Latest attempt with a recorded answer, 0 for none. */
  readonly answered: number;
  /** Some attempt may have had its effect without our knowing (timed out, lapsed, or fenced in flight). */
  readonly uncertain: boolean;
  /** Whether the latest failure may be retried. */
  readonly retryable: boolean;
  /** Due time of a retry, or until when a dispatched task may stay unclaimed; milliseconds since the epoch. */
  readonly until: number | null;
  /** How the latest attempt was handed out; null before the first. */
  readonly transport: Transport | null;
  readonly result: { readonly revision: number; readonly sealed: Sealed | null } | null;
};

export type StepRun = { readonly do: ActionRun | null; readonly undo: ActionRun | null };
export type DefinitionRef = {
  readonly version: number;
  readonly hash: string;
  readonly type: Definition['type'];
  readonly initiator: string;
};
export type Ending = 'COMPLETED' | 'FAILED' | 'UNDONE' | 'CANCELLED';

export type SagaRun = {
  readonly kind: 'run';
  /** Revision of the latest event. */
  readonly revision: number;
  readonly orchName: string;
  readonly definition: DefinitionRef | null;
  readonly keyId: KeyId;
  readonly input: Sealed | null;
  readonly awaitsDefinition: boolean;
  readonly phase: 'do' | 'undo';
  readonly paused: { readonly timers: 'keep-due' | 'keep-remaining'; readonly since: number } | null;
  readonly undo: {
    readonly cause: 'failure' | 'manual' | 'cancel';
    readonly steps: readonly string[];
  } | null;
  /** The undo came to a stop that only an operator can end. */
  readonly undoFailed: boolean;
  readonly ended: Ending | null;
  readonly steps: ReadonlyMap<string, StepRun>;
};

export type SagaState = { readonly kind: 'absent' } | SagaRun;
export const initialSaga: SagaState = { kind: 'absent' };

export const actionOf = (run: SagaRun, step: string, action: StepAction): ActionRun | null =>
  run.steps.get(step)?.[action] ?? null;

/** It has ended, or only a person can move it. */
export const isAtRest = (run: SagaRun): boolean => run.ended !== null || run.undoFailed;

/** The run's state in the words of docs/rules.md. */
export const statusOf = (run: SagaRun) => {
  if (run.ended !== null) return run.ended;
  if (run.paused !== null) return 'PAUSED';
  if (run.undoFailed) return 'UNDO_FAILED';
  if (run.phase === 'undo') return 'UNDOING';
  const actions = [...run.steps.values()].flatMap((step) => step.do ?? []);
  const isMoving = actions.some(({ status }) => status === 'dispatched' || status === 'retry');
  const isWaiting =
    run.awaitsDefinition || actions.some(({ status }) => status === 'waiting' || status === 'blocked');
  return isWaiting && !isMoving ? 'WAITING' : 'IN_PROGRESS';
};
