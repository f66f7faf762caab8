// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { Done, Json, OrchestrationType, Run, RunStatus, RunSummary, WaitingReason } from './shapes.ts';

export const runs = (send: Send) => ({
  /** Start a run; the body is its payload, as it comes: `POST /api/orchestration/execute/{orchName}`. */
  start: (input: { readonly orchName: string; readonly body?: unknown }, options?: CallOptions) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly flowId: string;
      readonly saga?: Run;
      readonly result?: Readonly<Record<string, string>>;
    }>({ kind: 'command', method: 'POST', path: '/api/orchestration/execute/{orchName}' }, input, options),

  /** Undo a run: `POST /api/orchestration/undo/{flowId}`. */
  undo: (
    input: { readonly flowId: string; readonly body?: { readonly reason?: string | undefined } | undefined },
    options?: CallOptions,
  ) =>
    send<Done>({ kind: 'command', method: 'POST', path: '/api/orchestration/undo/{flowId}' }, input, options),

  /** Runs: `GET /api/v1/sagas`. */
  list: (
    input: {
      readonly status?: RunStatus | undefined;
      readonly initiator?: string | undefined;
      readonly type?: OrchestrationType | undefined;
      readonly owner?: string | undefined;
      readonly correlationId?: string | undefined;
      readonly waiting?: WaitingReason | undefined;
      readonly missing?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly sort?:
        | 'startedAt'
        | 'endedAt'
        | 'orchName'
        | 'status'
        | '-startedAt'
        | '-endedAt'
        | '-orchName'
        | '-status'
        | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly orchName?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly RunSummary[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/sagas' }, input, options),

  /** How many runs there are by status: `GET /api/v1/sagas/counts`. */
  counts: (
    input: {
      readonly status?: RunStatus | undefined;
      readonly initiator?: string | undefined;
      readonly type?: OrchestrationType | undefined;
      readonly owner?: string | undefined;
      readonly correlationId?: string | undefined;
      readonly waiting?: WaitingReason | undefined;
      readonly missing?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly orchName?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly counts: Readonly<Record<string, number>>;
      readonly total: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/sagas/counts' }, input, options),

  /** A run: status, steps, attempts, what it waits for: `GET /api/v1/sagas/{flowId}`. */
  get: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly flowId: string;
    },
    options?: CallOptions,
  ) => send<Run>({ kind: 'query', method: 'GET', path: '/api/v1/sagas/{flowId}' }, input, options),

  /** Why a run waits, who can unblock it, where its time went: `GET /api/v1/sagas/{flowId}/explain`. */
  explain: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly flowId: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly flowId: string;
      readonly orchName: string;
      readonly status: RunStatus;
      readonly words: string;
      readonly waiting: {
        readonly reason: WaitingReason;
        readonly step: string | null;
        readonly since: string;
        readonly until: string | null;
        readonly next: string;
      } | null;
      readonly steps: readonly {
        readonly reason: WaitingReason;
        readonly step: string;
        readonly since: string;
        readonly until: string | null;
        readonly next: string;
        readonly action: 'do' | 'undo';
        readonly attempt: number;
        readonly words: string;
        readonly held: {
          readonly by: string;
          readonly since: string;
          readonly leaseUntil: string;
          readonly deadline: string;
          readonly progress: Json | null;
        } | null;
        readonly onOffer: boolean;
        readonly services: readonly {
          readonly service: string;
          readonly orchName: string;
          readonly why: 'serves' | 'served-before' | 'serves-elsewhere';
          readonly liveness: {
            readonly state: 'live' | 'silent' | 'deaf' | 'unseen';
            readonly lastPollAt: string | null;
            readonly lastHeartbeatAt: string | null;
            readonly lastClaimAt: string | null;
          };
        }[];
      }[];
      readonly commands: readonly {
        readonly command: 'pause' | 'resume' | 'cancel' | 'undo' | 'retry' | 'skip' | 'complete';
        readonly step: string | null;
        readonly method: 'POST';
        readonly path: string;
        readonly words: string;
      }[];
      readonly next: {
        readonly words: string;
        readonly step: string | null;
        readonly at: string | null;
      } | null;
      readonly time: {
        readonly from: string;
        readonly until: string;
        readonly totalMs: number;
        readonly spent: readonly { readonly reason: string; readonly ms: number; readonly share: number }[];
      };
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/sagas/{flowId}/explain' }, input, options),

  /** What happened to a run, in words: `GET /api/v1/sagas/{flowId}/timeline`. */
  timeline: (
    input: {
      readonly sort?: 'revision' | '-revision' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly flowId: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly flowId: string;
        readonly revision: number;
        readonly at: string;
        readonly kind: string;
        readonly step: string | null;
        readonly action: 'do' | 'undo' | null;
        readonly text: string;
        readonly by: string;
        readonly position: string;
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/sagas/{flowId}/timeline' }, input, options),

  /** What an undo would undo, in order, with what each undo gets: `GET /api/v1/sagas/{flowId}/undo-plan`. */
  undoPlan: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly flowId: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly flowId: string;
      readonly orchName: string;
      readonly status: RunStatus;
      readonly canUndo: boolean;
      readonly words: string;
      readonly steps: readonly {
        readonly order: number;
        readonly step: string;
        readonly outcome: 'succeeded' | 'unknown';
        readonly state:
          'planned' | 'waiting' | 'running' | 'undone' | 'skipped' | 'marked-done' | 'blocked' | 'gave-up';
        readonly attempt: number;
        readonly after: readonly string[];
        readonly result: string | null;
        readonly isErased: boolean;
      }[];
      readonly irreversible: readonly { readonly step: string; readonly outcome: 'succeeded' | 'unknown' }[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/sagas/{flowId}/undo-plan' }, input, options),

  /** What runs would have done under another definition; changes nothing: `POST /api/v1/what-if`. */
  whatIf: (
    input: {
      readonly minPosition?: string | undefined;
      readonly body: {
        readonly definition: {
          readonly orchName?: string | undefined;
          readonly orchestrationName?: string | undefined;
          readonly as: string;
          readonly type?: string | undefined;
          readonly transport?: 'http' | 'kafka' | undefined;
          readonly onUndoFailure?: 'stop' | 'continue' | undefined;
          readonly steps: readonly {
            readonly handlerClass?: string | boolean | null | undefined;
            readonly doMethod?: string | boolean | null | undefined;
            readonly undoMethod?: string | boolean | null | undefined;
            readonly sharedTopic?: string | boolean | null | undefined;
            readonly name: string;
            readonly seq?: number | null | undefined;
            readonly objectType?: string | null | undefined;
            readonly dependsOn?: readonly string[] | null | undefined;
            readonly timeoutMs?: number | undefined;
            readonly scheduleTimeoutMs?: number | null | undefined;
            readonly retry?:
              | {
                  readonly maxRetries?: number | undefined;
                  readonly backoffMs?: number | undefined;
                  readonly factor?: number | undefined;
                  readonly maxBackoffMs?: number | undefined;
                  readonly jitter?: number | undefined;
                  readonly nonRetryable?: readonly string[] | undefined;
                }
              | undefined;
            readonly undo?: boolean | undefined;
            readonly onMissingWorker?: 'wait' | 'fail' | undefined;
          }[];
        };
        readonly flowId?: string | undefined;
        readonly all?: true | undefined;
        readonly results?: Readonly<Record<string, 'success' | 'failure'>> | undefined;
        readonly limit?: number | undefined;
        readonly cursor?: string | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly flowId: string;
        readonly orchName: string;
        readonly status: RunStatus;
        readonly definitionVersion: number | null;
        readonly decidedStatus: RunStatus | null;
        readonly verdict: 'compatible' | 'needs-mapping' | 'stuck' | null;
        readonly why: readonly {
          readonly code:
            | 'worker-missing'
            | 'undo-lost'
            | 'step-removed'
            | 'step-too-early'
            | 'step-added'
            | 'decided-otherwise'
            | 'input-refused';
          readonly step: string | null;
          readonly detail: string;
        }[];
        readonly firstDivergence: {
          readonly revision: number | null;
          readonly recorded: {
            readonly type: string;
            readonly step: string | null;
            readonly action: 'do' | 'undo' | null;
            readonly attempt: number | null;
          } | null;
          readonly decided: {
            readonly type: string;
            readonly step: string | null;
            readonly action: 'do' | 'undo' | null;
            readonly attempt: number | null;
          } | null;
          readonly words: string;
        } | null;
        readonly differences: readonly {
          readonly type: string;
          readonly step: string | null;
          readonly action: 'do' | 'undo' | null;
          readonly attempt: number | null;
          readonly kind: 'missing' | 'added' | 'changed' | 'moved';
          readonly revision: number | null;
          readonly changes: readonly {
            readonly field: string;
            readonly recorded: unknown;
            readonly decided: unknown;
          }[];
        }[];
        readonly differencesTotal: number;
        readonly steps: {
          readonly newlyRun: readonly string[];
          readonly skipped: readonly string[];
          readonly newlyUndone: readonly string[];
          readonly notUndone: readonly string[];
        };
        readonly refused: readonly {
          readonly revision: number;
          readonly type: string;
          readonly code: string;
        }[];
        readonly assumed: readonly {
          readonly step: string;
          readonly action: 'do' | 'undo';
          readonly attempt: number;
          readonly outcome: 'success' | 'failure';
        }[];
        readonly position: string;
      }[];
      readonly counts: {
        readonly compatible: number;
        readonly needsMapping: number;
        readonly stuck: number;
        readonly ended: number;
      };
      readonly unreadable: readonly string[];
      readonly nextCursor?: string;
      readonly position: string;
    }>({ kind: 'query', method: 'POST', path: '/api/v1/what-if' }, input, options),

  /** Cancel a run: `POST /api/v1/sagas/{flowId}/cancel`. */
  cancel: (
    input: {
      readonly flowId: string;
      readonly body?:
        { readonly undo?: boolean | undefined; readonly reason?: string | undefined } | undefined;
    },
    options?: CallOptions,
  ) => send<Done>({ kind: 'command', method: 'POST', path: '/api/v1/sagas/{flowId}/cancel' }, input, options),

  /** Pause a run: `POST /api/v1/sagas/{flowId}/pause`. */
  pause: (
    input: {
      readonly flowId: string;
      readonly body?:
        | {
            readonly timers?: 'keep-due' | 'keep-remaining' | undefined;
            readonly reason?: string | undefined;
          }
        | undefined;
    },
    options?: CallOptions,
  ) => send<Done>({ kind: 'command', method: 'POST', path: '/api/v1/sagas/{flowId}/pause' }, input, options),

  /** Resume a run: `POST /api/v1/sagas/{flowId}/resume`. */
  resume: (
    input: { readonly flowId: string; readonly body?: { readonly reason?: string | undefined } | undefined },
    options?: CallOptions,
  ) => send<Done>({ kind: 'command', method: 'POST', path: '/api/v1/sagas/{flowId}/resume' }, input, options),

  /** Try a step again: `POST /api/v1/sagas/{flowId}/steps/{step}/retry`. */
  retryStep: (
    input: {
      readonly flowId: string;
      readonly step: string;
      readonly body?: { readonly reason?: string | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/sagas/{flowId}/steps/{step}/retry' },
      input,
      options,
    ),

  /** Skip a step, with a reason: `POST /api/v1/sagas/{flowId}/steps/{step}/skip`. */
  skipStep: (
    input: { readonly flowId: string; readonly step: string; readonly body: { readonly reason: string } },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/sagas/{flowId}/steps/{step}/skip' },
      input,
      options,
    ),

  /** Mark a step as done by hand, with a reason: `POST /api/v1/sagas/{flowId}/steps/{step}/complete`. */
  completeStep: (
    input: { readonly flowId: string; readonly step: string; readonly body: { readonly reason: string } },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/sagas/{flowId}/steps/{step}/complete' },
      input,
      options,
    ),
});
