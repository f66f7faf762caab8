import type { z } from 'zod';
import type { CallContext } from '../../commands/context.ts';
import type * as letter from '../../commands/dead-letter/inputs.ts';
import type { Edited } from '../../commands/dead-letter/edit-letter.ts';
import type { Redriven, RedrivenMany } from '../../commands/dead-letter/redrive-letters.ts';
import type { OnLetter } from '../../commands/dead-letter/steer-letter.ts';
import type { InstanceHandlers } from '../../commands/instance/handlers.ts';
import type { ReplayHandlers } from '../../commands/replay/handlers.ts';
import type { RegisterInput } from '../../commands/orchestration/register-input.ts';
import type { Registrant } from '../../commands/orchestration/record-attempt.ts';
import type { RegisterOutcome } from '../../commands/orchestration/register-outcome.ts';
import type { Result } from '../../commands/result.ts';
import type * as saga from '../../commands/saga/inputs.ts';
import type { HeldTask } from '../../commands/task/abandon-tasks.ts';
import type { AnswerOutcome } from '../../commands/task/answer-tasks.ts';
import type { HeartbeatOutcome } from '../../commands/task/heartbeat-tasks.ts';
import type { PollTasksInput, TaskAnswerInput, TaskHeartbeatInput } from '../../commands/task/inputs.ts';
import type { TaskSource, TaskSourceInput } from '../../commands/task/task-source.ts';
import type { WorkerTask } from '../../commands/task/worker-task.ts';
import type { TimerHandlers } from '../../commands/timer/handlers.ts';
import type { TakeCheckpoint } from '../../commands/witness/take-checkpoint.ts';
import type { WorkerHeartbeatInput } from '../../commands/worker/inputs.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { Liveness } from '../../domain/liveness.ts';
import type { LetterView } from '../../projections/dead-letters/read-model.ts';
import type { InstanceHistory, InstanceView } from '../../projections/instances/read-model.ts';
import type { SagaView } from '../../projections/saga/read-model.ts';
import type { Preflight } from '../../queries/orchestration/preflight-view.ts';
import type { Explanation } from '../../queries/saga/explanation.ts';
import type { UndoPlanView } from '../../queries/saga/undo-plan-view.ts';
import type { StreamPage } from '../../queries/stream/get-stream.ts';

type OnRun<Input extends z.ZodType> = (
  flowId: string,
  input: z.output<Input>,
  context: CallContext,
) => Promise<Result<null, string>>;
type OnStep<Input extends z.ZodType> = (
  flowId: string,
  step: string,
  input: z.output<Input>,
  context: CallContext,
) => Promise<Result<null, string>>;

type OfOthers = InstanceHandlers & TimerHandlers & ReplayHandlers;

/** Everything the HTTP edge can ask for. Rejection codes are turned into statuses by one table. */
export type Handlers = OfOthers & {
  readonly register: (input: RegisterInput, context: CallContext) => Promise<Result<RegisterOutcome, string>>;
  /** Records an attempt to register that did not have the right shape. */
  readonly refuseRegistration: (
    who: Registrant,
    refusal: Rejection,
    context: CallContext,
  ) => Promise<Result<RegisterOutcome, string>>;
  readonly startSaga: (
    input: { readonly orchName: string; readonly payload: Uint8Array; readonly flowId?: string },
    context: CallContext,
  ) => Promise<Result<{ readonly flowId: string }, string>>;
  readonly undoSaga: OnRun<typeof saga.undoSagaInput>;
  readonly cancelSaga: OnRun<typeof saga.cancelSagaInput>;
  readonly pauseSaga: OnRun<typeof saga.pauseSagaInput>;
  readonly resumeSaga: OnRun<typeof saga.resumeSagaInput>;
  readonly retryStep: OnStep<typeof saga.retryStepInput>;
  readonly skipStep: OnStep<typeof saga.skipStepInput>;
  readonly completeStep: OnStep<typeof saga.completeStepInput>;
  /** Long-polls up to `waitMs`; ends early, with no task, when the signal aborts. */
  readonly pollTasks: (input: PollTasksInput, signal: AbortSignal) => Promise<readonly WorkerTask[]>;
  /** Tasks for a worker on a stream, which asks again and again; to be closed by whoever opened it. */
  readonly openTaskSource: (input: TaskSourceInput) => TaskSource;
  /** Puts tasks back on offer whose answer never reached the worker (its connection was gone). */
  readonly releaseTasks: (tasks: readonly WorkerTask[]) => Promise<void>;
  /** Ends the leases of tasks whose worker's connection is gone in 2 s, unless it comes back and extends them. */
  readonly abandonTasks: (tasks: readonly HeldTask[]) => Promise<void>;
  /** How long a claim holds without a heartbeat, in milliseconds. */
  readonly leaseMs: number;
  readonly answerTasks: (
    answers: readonly TaskAnswerInput[],
    context: CallContext,
  ) => Promise<readonly AnswerOutcome[]>;
  /** Of one service alone where one is given. */
  readonly heartbeatTasks: (
    beats: readonly TaskHeartbeatInput[],
    service?: string,
  ) => Promise<readonly HeartbeatOutcome[]>;
  /** Resolves with the run as soon as it has ended, at the latest when the signal aborts; undefined: unknown run. */
  readonly getSaga: (flowId: string, until?: AbortSignal) => Promise<SagaView | undefined>;
  readonly getStream: (
    stream: string,
    options: {
      readonly from: number | 'end';
      readonly direction: 'forwards' | 'backwards';
      readonly limit: number;
    },
  ) => Promise<StreamPage | undefined>;
  readonly explainSaga: (flowId: string) => Promise<Explanation | undefined>;
  readonly getUndoPlan: (flowId: string) => Promise<UndoPlanView | undefined>;
  readonly preflight: (name: string) => Promise<Preflight | undefined>;
  /** A sign of life of a service, answered with how it stands. */
  readonly heartbeatWorker: (input: WorkerHeartbeatInput) => Liveness;
  readonly getLetter: (letterId: string) => Promise<LetterView | undefined>;
  /** Starts a run that deletes instances whose time is up; `retention_running` while another one is under way. */
  readonly startRetention: (context: CallContext) => Promise<Result<{ readonly runId: string }, string>>;
  /** Signs a checkpoint of the log as it is now; `no_signing_key` where nothing is signed. */
  readonly takeCheckpoint: TakeCheckpoint;
  readonly getInstance: (instanceId: string) => Promise<InstanceView | undefined>;
  readonly getInstanceHistory: (instanceId: string) => Promise<InstanceHistory | undefined>;
  readonly redriveLetter: (
    on: OnLetter,
    input: letter.RedriveLetterInput,
    context: CallContext,
  ) => Promise<Result<Redriven, string>>;
  /** Selects these letters, at most 10,000, as one redrive. */
  readonly redriveLetters: (
    letterIds: readonly string[],
    input: letter.RedriveLetterInput,
    context: CallContext,
  ) => Promise<Result<RedrivenMany, string>>;
  readonly editLetter: (
    on: OnLetter,
    input: letter.EditLetterInput,
    context: CallContext,
  ) => Promise<Result<Edited, string>>;
  readonly discardLetter: (
    on: OnLetter,
    input: letter.DiscardLetterInput,
    context: CallContext,
  ) => Promise<Result<null, string>>;
  /** False while starting or draining: `/readyz` answers 503. */
  readonly isReady: () => boolean;
};
