// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type Run = {
  readonly flowId: string;
  readonly orchName: string;
  readonly status: RunStatus;
  readonly definitionVersion: number | null;
  readonly type: OrchestrationType | null;
  readonly initiator: string | null;
  readonly waiting: {
    readonly reason: WaitingReason;
    readonly step: string | null;
    readonly since: string;
    readonly until: string | null;
    readonly next: string;
  } | null;
  readonly steps: readonly {
    readonly name: string;
    readonly seq: number | null;
    readonly do: {
      readonly status: StepStatus;
      readonly attempt: number;
      readonly iteration: number;
      readonly startedAt: string | null;
      readonly endedAt: string | null;
      readonly worker: string | null;
      readonly errorCode: string | null;
      readonly error: string | null;
      readonly waiting: {
        readonly reason: WaitingReason;
        readonly since: string;
        readonly until: string | null;
        readonly next: string;
      } | null;
      readonly progress: Json | null;
    } | null;
    readonly undo: {
      readonly status: StepStatus;
      readonly attempt: number;
      readonly iteration: number;
      readonly startedAt: string | null;
      readonly endedAt: string | null;
      readonly worker: string | null;
      readonly errorCode: string | null;
      readonly error: string | null;
      readonly waiting: {
        readonly reason: WaitingReason;
        readonly since: string;
        readonly until: string | null;
        readonly next: string;
      } | null;
      readonly progress: Json | null;
    } | null;
    readonly result: string | null;
  }[];
  readonly result: Readonly<Record<string, string>>;
  readonly undo: {
    readonly cause: string;
    readonly steps: readonly string[];
    readonly reason: string | null;
  } | null;
  readonly owner: string | null;
  readonly correlationId: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly revision: number;
  readonly position: string;
};

export type RunStatus =
  | 'WAITING'
  | 'IN_PROGRESS'
  | 'PAUSED'
  | 'COMPLETED'
  | 'FAILED'
  | 'UNDOING'
  | 'UNDONE'
  | 'UNDO_FAILED'
  | 'CANCELLED';

export type StepStatus =
  | 'WAITING'
  | 'DISPATCHED'
  | 'RETRYING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'UNKNOWN'
  | 'BLOCKED'
  | 'SKIPPED'
  | 'MARKED_DONE';

export type WaitingReason =
  | 'paused'
  | 'undo-blocked'
  | 'dead-letter'
  | 'definition-missing'
  | 'worker-missing'
  | 'quota'
  | 'outbox-lag'
  | 'retry-backoff'
  | 'timer'
  | 'signal'
  | 'child'
  | 'with-worker';

export type OrchestrationType = 'sequential' | 'simultaneous' | 'graph';

export type RunSummary = {
  readonly flowId: string;
  readonly orchName: string;
  readonly status: RunStatus;
  readonly definitionVersion: number | null;
  readonly type: OrchestrationType | null;
  readonly initiator: string | null;
  readonly waiting: {
    readonly reason: WaitingReason;
    readonly step: string | null;
    readonly since: string;
    readonly until: string | null;
    readonly next: string;
  } | null;
  readonly missing: readonly string[];
  readonly steps: readonly {
    readonly name: string;
    readonly status: StepStatus | null;
    readonly attempt: number;
    readonly undo: StepStatus | null;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly durationMs: number | null;
  }[];
  readonly owner: string | null;
  readonly correlationId: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly waitedMs: Readonly<Record<string, number>>;
  readonly revision: number;
  readonly position: string;
};

export type StoredEvent = {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly eventId: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: {
    readonly commandId: string;
    readonly correlationId: string;
    readonly causationId: string;
    readonly actor: {
      readonly kind: 'anonymous' | 'user' | 'service' | 'system';
      readonly id: string;
      readonly source: string;
    };
    readonly owner?: string;
    readonly bodyHash?: string;
    readonly schemaVersion: string;
    readonly recordedAt: string;
  };
  readonly hash: string;
};

export type WorkerTask = {
  readonly flowId: string;
  readonly orchName: string;
  readonly stepName: string;
  readonly action: 'DO' | 'UNDO';
  readonly attempt: number;
  readonly effectId: string;
  readonly payload: string;
  readonly results: Readonly<Record<string, string>>;
  readonly deadline: string;
  readonly leaseUntil: string;
  readonly traceparent?: string;
};

export type AnswerOutcome = {
  readonly flowId: string;
  readonly stepName: string;
  readonly outcome: 'accepted' | 'duplicate' | 'late' | 'unknown_run' | 'unknown_step' | 'unavailable';
  readonly position?: string;
};

export type HeartbeatOutcome = {
  readonly flowId: string;
  readonly stepName: string;
  readonly outcome: 'extended' | 'lost' | 'unavailable';
  readonly leaseUntil?: string;
};

export type Orchestration = {
  readonly orchName: string;
  readonly status: 'PENDING' | 'SUCCESS' | 'FAILED';
  readonly failureReason: string | null;
  readonly version: number | null;
  readonly definitionHash: string | null;
  readonly initiator: string | null;
  readonly type: OrchestrationType | null;
  readonly onUndoFailure: 'stop' | 'continue' | null;
  readonly steps: readonly {
    readonly name: string;
    readonly seq: number;
    readonly objectType: string;
    readonly dependsOn: readonly string[];
    readonly timeoutMs: number;
    readonly scheduleTimeoutMs: number | null;
    readonly retry: {
      readonly maxRetries: number;
      readonly backoffMs: number;
      readonly factor: number;
      readonly maxBackoffMs: number;
      readonly jitter: number;
      readonly nonRetryable: readonly string[];
    };
    readonly undo: boolean;
    readonly onMissingWorker: 'wait' | 'fail';
    readonly workers: readonly string[];
    readonly status: 'SUCCESS' | 'PENDING';
    readonly missingSince: string | null;
    readonly healedAt: string | null;
    readonly servedBefore: readonly string[];
  }[];
  readonly missingWorkers: readonly string[];
  readonly missingSince: string | null;
  readonly healedAt: string | null;
  readonly services: readonly string[];
  readonly unknownSteps: readonly { readonly name: string; readonly workers: readonly string[] }[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly revision: number;
  readonly position: string;
};

export type Registered = {
  readonly status: 'SUCCESS';
  readonly message: string;
  readonly position: string;
  readonly registeredSteps: readonly string[];
  readonly failedSteps: readonly { readonly name: string; readonly code: string; readonly detail: string }[];
};

export type Done = { readonly status: 'SUCCESS'; readonly message: string; readonly position: string };

export type Letter = {
  readonly id: string;
  readonly state: 'parked' | 'selected' | 'redriving' | 'resolved' | 'discarded';
  readonly bus: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly recordAt: string | null;
  readonly code: string;
  readonly detail: string;
  readonly pointer: string | null;
  readonly fingerprint: string;
  readonly flowId: string | null;
  readonly instanceId: string | null;
  readonly sequence: string | null;
  readonly behind: string | null;
  readonly size: number | null;
  readonly truncated: readonly ('key' | 'value' | 'headers')[];
  readonly edition: number;
  readonly tries: number;
  readonly redriveId: string | null;
  readonly outcome: string | null;
  readonly parkedAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly revision: number;
  readonly position: string;
  readonly key: { readonly encoding: 'text' | 'base64' | 'erased'; readonly data: string } | null;
  readonly value: { readonly encoding: 'text' | 'base64' | 'erased'; readonly data: string } | null;
  readonly headers: readonly {
    readonly name: string;
    readonly value: { readonly encoding: 'text' | 'base64' | 'erased'; readonly data: string };
  }[];
  readonly editions: readonly {
    readonly edition: number;
    readonly at: string;
    readonly by: string;
    readonly reason: string;
    readonly size: number;
    readonly value: { readonly encoding: 'text' | 'base64' | 'erased'; readonly data: string };
    readonly diff: readonly { readonly kind: 'same' | 'removed' | 'added'; readonly text: string }[] | null;
  }[];
  readonly history: readonly {
    readonly revision: number;
    readonly at: string;
    readonly by: string;
    readonly what: string;
    readonly reason: string | null;
    readonly redriveId: string | null;
    readonly edition: number | null;
    readonly code: string | null;
    readonly detail: string | null;
  }[];
};

export type Instance = {
  readonly id: string;
  readonly kind: 'instance' | 'refused-intake';
  readonly status: InstanceStatus;
  readonly storageStatus: 'STORED' | 'STORED_AND_DELETED' | 'NEVER_STORED';
  readonly latest:
    | 'received'
    | 'registered'
    | 'mapped'
    | 'ready-for-dispatch'
    | 'retry-requested'
    | 'dispatched'
    | 'receival-error'
    | 'registration-error'
    | 'retry-request-error'
    | 'mapping-error'
    | 'dispatching-error'
    | 'manually-processed'
    | 'manually-rejected'
    | 'overridden-as-transferred'
    | 'held'
    | 'hold-lifted'
    | 'deleted'
    | 'erased';
  readonly errorCategory: 'receival' | 'registration' | 'retry-request' | 'mapping' | 'dispatching' | null;
  readonly sourceApplicationId: string;
  readonly sourceApplicationIntegrationId: string | null;
  readonly integrationId: string | null;
  readonly correlationId: string | null;
  readonly correlationIds: readonly string[];
  readonly retries: number;
  readonly intakeId: string;
  readonly size: number | null;
  readonly held: boolean;
  readonly owner: string | null;
  readonly createdAt: string;
  readonly receivedAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
  readonly deletionReason: 'dispatched' | 'expired' | 'requested' | null;
  readonly erasedAt: string | null;
  readonly plaintextUntil: string | null;
  readonly revision: number;
  readonly position: string;
  readonly headers: {
    readonly sourceApplicationId: string;
    readonly correlationId: string;
    readonly sourceApplicationIntegrationId?: string;
    readonly sourceApplicationInstanceId?: string;
    readonly fileIds: readonly string[];
    readonly integrationId?: string;
    readonly instanceId?: string;
    readonly configurationId?: string;
    readonly archiveInstanceId?: string;
  } | null;
  readonly value: {
    readonly valuePerKey: Readonly<Record<string, string>>;
    readonly objectCollectionPerKey: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  } | null;
};

export type InstanceSummary = {
  readonly id: string;
  readonly kind: 'instance' | 'refused-intake';
  readonly status: InstanceStatus;
  readonly storageStatus: 'STORED' | 'STORED_AND_DELETED' | 'NEVER_STORED';
  readonly latest:
    | 'received'
    | 'registered'
    | 'mapped'
    | 'ready-for-dispatch'
    | 'retry-requested'
    | 'dispatched'
    | 'receival-error'
    | 'registration-error'
    | 'retry-request-error'
    | 'mapping-error'
    | 'dispatching-error'
    | 'manually-processed'
    | 'manually-rejected'
    | 'overridden-as-transferred'
    | 'held'
    | 'hold-lifted'
    | 'deleted'
    | 'erased';
  readonly errorCategory: 'receival' | 'registration' | 'retry-request' | 'mapping' | 'dispatching' | null;
  readonly sourceApplicationId: string;
  readonly sourceApplicationIntegrationId: string | null;
  readonly integrationId: string | null;
  readonly correlationId: string | null;
  readonly correlationIds: readonly string[];
  readonly retries: number;
  readonly intakeId: string;
  readonly size: number | null;
  readonly held: boolean;
  readonly owner: string | null;
  readonly createdAt: string;
  readonly receivedAt: string;
  readonly updatedAt: string;
  readonly deletedAt: string | null;
  readonly deletionReason: 'dispatched' | 'expired' | 'requested' | null;
  readonly erasedAt: string | null;
  readonly plaintextUntil: string | null;
  readonly revision: number;
  readonly position: string;
};

export type InstanceStatus = 'IN_PROGRESS' | 'TRANSFERRED' | 'ABORTED' | 'FAILED';

export type InstanceEvent = {
  readonly revision: number;
  readonly at: string;
  readonly category:
    | 'received'
    | 'registered'
    | 'mapped'
    | 'ready-for-dispatch'
    | 'retry-requested'
    | 'dispatched'
    | 'receival-error'
    | 'registration-error'
    | 'retry-request-error'
    | 'mapping-error'
    | 'dispatching-error'
    | 'manually-processed'
    | 'manually-rejected'
    | 'overridden-as-transferred'
    | 'held'
    | 'hold-lifted'
    | 'deleted'
    | 'erased';
  readonly status: InstanceStatus;
  readonly actor: {
    readonly kind: 'anonymous' | 'user' | 'service' | 'system';
    readonly id: string;
    readonly source: string;
  };
  readonly details: {
    readonly errors:
      | readonly { readonly errorCode: string; readonly args: Readonly<Record<string, string>> | null }[]
      | null;
    readonly isErased: boolean;
    readonly correlationId: string | null;
    readonly batchId: string | null;
    readonly reason: string | null;
    readonly archiveInstanceId: string | null;
    readonly deletionReason: 'dispatched' | 'expired' | 'requested' | null;
    readonly runId: string | null;
    readonly plaintextUntil: string | null;
  };
  readonly position: string;
};

export type ReplaySession = {
  readonly sessionId: string;
  readonly status: 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly filter: {
    readonly from: string | null;
    readonly to: string | null;
    readonly types: readonly string[];
    readonly excludeTypes: readonly string[];
    readonly categories: readonly string[];
    readonly stream: string | null;
    readonly correlationId: string | null;
    readonly flowId: string | null;
  };
  readonly target:
    | { readonly kind: 'topic'; readonly name: string }
    | { readonly kind: 'file'; readonly name: string }
    | { readonly kind: 'callback'; readonly url: string }
    | { readonly kind: 'sink' };
  readonly speed: number | null;
  readonly maxEvents: number | null;
  readonly payloads: 'sealed' | 'opened';
  readonly skipErrors: boolean;
  readonly total: number | null;
  readonly replayed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly errors: readonly {
    readonly eventId: string;
    readonly stream: string;
    readonly position: string;
    readonly code: string;
    readonly detail: string;
  }[];
  readonly waiting: {
    readonly reason: 'turn' | 'gap' | 'trouble';
    readonly until: string | null;
    readonly code: string | null;
    readonly since: string;
  } | null;
  readonly failure: { readonly code: string; readonly detail: string } | null;
  readonly owner: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly updatedAt: string;
  readonly progressedAt: string | null;
  readonly correlationId: string;
  readonly revision: number;
  readonly position: string;
  readonly percent: number | null;
  readonly secondsLeft: number | null;
};

export type RebuildJob = {
  readonly kind: 'fill' | 'rebuild' | 'verify' | 'rollback' | 'refold';
  readonly phase: 'waiting' | 'folding' | 'indexing' | 'comparing' | 'done';
  readonly generation: number | null;
  readonly position: string;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly result:
    | {
        readonly kind: 'switched';
        readonly comparison: {
          readonly isEqual: boolean;
          readonly documents: number;
          readonly differing: number;
          readonly differences: readonly (
            | { readonly kind: 'changed'; readonly id: string; readonly fields: readonly string[] }
            | { readonly kind: 'only-live' | 'only-rebuilt'; readonly id: string }
          )[];
          readonly digests: { readonly live: string; readonly rebuilt: string };
          readonly position: string;
        } | null;
      }
    | {
        readonly kind: 'kept' | 'verified';
        readonly comparison: {
          readonly isEqual: boolean;
          readonly documents: number;
          readonly differing: number;
          readonly differences: readonly (
            | { readonly kind: 'changed'; readonly id: string; readonly fields: readonly string[] }
            | { readonly kind: 'only-live' | 'only-rebuilt'; readonly id: string }
          )[];
          readonly digests: { readonly live: string; readonly rebuilt: string };
          readonly position: string;
        };
      }
    | { readonly kind: 'refolded'; readonly documents: number; readonly blocked: number }
    | null;
};
