import type { ProgressCategory, ErrorCategory, Settlement } from '../../domain/instance/events.ts';
import type { RetryOutcome } from '../../domain/retrybatch/events.ts';
import type { CallContext } from '../context.ts';
import type { Result } from '../result.ts';

/** One instance object as its sender sees it. Ids that came with it are dropped. */
export type InstanceObject = {
  readonly valuePerKey: Readonly<Record<string, string>>;
  readonly objectCollectionPerKey: Readonly<Record<string, readonly InstanceObject[]>>;
};

/** The documented headers of a flow. 64-bit integers are decimal digits here, exact numbers on the topics. */
export type FlowHeaders = {
  readonly sourceApplicationId: string;
  readonly correlationId: string;
  readonly sourceApplicationIntegrationId?: string;
  readonly sourceApplicationInstanceId?: string;
  readonly fileIds: readonly string[];
  readonly integrationId?: string;
  readonly instanceId?: string;
  readonly configurationId?: string;
  readonly archiveInstanceId?: string;
};

/** The documented form of what went wrong. */
export type InstanceError = {
  readonly errorCode: string;
  readonly args: Readonly<Record<string, string>> | null;
};

export type ReceiveInstanceInput = {
  readonly headers: FlowHeaders;
  readonly value: InstanceObject;
  /** RFC 3339, UTC, milliseconds: when it was made, where it was made long before it came. */
  readonly createdAt?: string;
};

export type RetryResult = {
  readonly instanceId: string;
  readonly outcome: RetryOutcome;
  readonly correlationId: string | null;
};

export type RetryBatchView = {
  readonly batchId: string;
  readonly isFinished: boolean;
  readonly results: readonly RetryResult[];
  readonly revision: number;
};

/**
 * What can be asked of instances. `instanceId` is an int64 in decimal digits. Rejections: `unknown_instance`,
 * `instance_deleted`, `instance_held`, `instance_not_failed`, `no_flow_headers`, `retry_failed`, `ids_exhausted`, `too_large`,
 * `idempotency_key_reused`; `unavailable` while log or keys do not answer.
 */
export type InstanceHandlers = {
  /** Gives it an id and registers it: the same delivery again (command id or Idempotency-Key) gets the same id. */
  readonly receiveInstance: (
    input: ReceiveInstanceInput,
    context: CallContext,
  ) => Promise<Result<{ readonly instanceId: string }, string>>;
  /** Records that a delivery could not be registered; what its sender is told. `receival`: others told of it already. */
  readonly refuseIntake: (
    input: {
      readonly headers: FlowHeaders;
      readonly errors: readonly InstanceError[];
      readonly category?: 'receival';
    },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  /** Sends it out again under a fresh correlation id. */
  readonly retryInstance: (
    instanceId: string,
    context: CallContext,
  ) => Promise<Result<{ readonly correlationId: string }, string>>;
  /**
   * One after the other, whatever becomes of each. 0 to 4,000 of them.
   * @param onBegun told once `getRetryBatch` knows the batch, also where the same call is under way already
   */
  readonly retryInstances: (
    instanceIds: readonly string[],
    context: CallContext,
    onBegun?: (batchId: string) => void,
  ) => Promise<Result<{ readonly batchId: string; readonly results: readonly RetryResult[] }, string>>;
  readonly getRetryBatch: (batchId: string) => Promise<RetryBatchView | undefined>;
  /** It was passed on: its values are deleted. Once more changes nothing. `headers`: those it was passed on with. */
  readonly dispatchInstance: (
    instanceId: string,
    input: { readonly headers: FlowHeaders | null },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  readonly progressInstance: (
    instanceId: string,
    input: { readonly category: ProgressCategory },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  readonly reportInstanceError: (
    instanceId: string,
    input: { readonly category: ErrorCategory; readonly errors: readonly InstanceError[] },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  /** A person settles one that failed; `instance_not_failed` where the latest that happened is no error. */
  readonly settleInstance: (
    instanceId: string,
    input: { readonly as: Settlement; readonly reason?: string; readonly archiveInstanceId?: string },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  readonly holdInstance: (
    instanceId: string,
    input: { readonly reason: string },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  readonly liftInstanceHold: (
    instanceId: string,
    input: { readonly reason: string },
    context: CallContext,
  ) => Promise<Result<null, string>>;
  /** Deletes it because somebody asked. `instance_held` while it is held. Once more changes nothing. */
  readonly deleteInstance: (
    instanceId: string,
    input: { readonly reason: string },
    context: CallContext,
  ) => Promise<Result<null, string>>;
};

/** One instance as it is passed on: with its id, and its headers with the id put in. */
export type OpenedInstance = {
  readonly instanceId: string;
  readonly headers: FlowHeaders;
  readonly value: InstanceObject;
  /** RFC 3339, UTC, milliseconds: when it was made. */
  readonly createdAt: string;
};

/** `errors`: null for a retry that was asked for, what went wrong for one that could not be. */
export type OpenedRetry = OpenedInstance & { readonly errors: readonly InstanceError[] | null };

export type OpenedIntake = { readonly headers: FlowHeaders; readonly errors: readonly InstanceError[] };

/**
 * The headers a registered instance goes with; undefined where nobody knows any. It may throw where whoever knows
 * does not answer.
 */
export type FlowHeadersOf = (instanceId: string) => Promise<FlowHeaders | undefined>;

/**
 * Sealed content in the clear (`open-*.ts`). Undefined: there is no such thing. `'erased'`: its key is destroyed.
 * From the deletion on only those may open an instance who have yet to tell others of what was before it.
 */
export type InstanceOpeners = {
  /** For whoever asks: `'deleted'` from its deletion on. */
  readonly openInstance: (instanceId: string) => Promise<OpenedInstance | 'deleted' | undefined>;
  /** The same from the log, undefined from its deletion on. */
  readonly flowHeadersOf: FlowHeadersOf;
  /** As it was registered, for the topic that says so: also after its deletion, while its key lives. */
  readonly openRegistered: (instanceId: string) => Promise<OpenedInstance | 'erased' | undefined>;
  /** What an `InstanceRetryRequested` or `InstanceRetryFailed` at this revision goes out with. */
  readonly openRetry: (instanceId: string, revision: number) => Promise<OpenedRetry | 'erased' | undefined>;
  /** The headers its deletion is announced with: those it was passed on with, else those it came with. */
  readonly openDeletion: (instanceId: string) => Promise<FlowHeaders | 'erased' | undefined>;
  /** A delivery that was refused. */
  readonly openIntake: (intakeId: string) => Promise<OpenedIntake | 'erased' | undefined>;
};
