// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type {
  Orchestration,
  OrchestrationType,
  Registered,
  RunStatus,
  RunSummary,
  WaitingReason,
} from './shapes.ts';

export const orchestrations = (send: Send) => ({
  /** Register an initiator or a worker: `POST /api/orchestration/register`. */
  register: (
    input: {
      readonly body: {
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
    },
    options?: CallOptions,
  ) =>
    send<Registered>(
      { kind: 'command', method: 'POST', path: '/api/orchestration/register' },
      input,
      options,
    ),

  /** Orchestrations and what they miss: `GET /api/v1/orchestrations`. */
  list: (
    input: {
      readonly status?: 'PENDING' | 'SUCCESS' | 'FAILED' | undefined;
      readonly type?: OrchestrationType | undefined;
      readonly initiator?: string | undefined;
      readonly prefix?: string | undefined;
      readonly missing?: string | undefined;
      readonly service?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly sort?:
        | 'orchName'
        | 'updatedAt'
        | 'createdAt'
        | 'status'
        | '-orchName'
        | '-updatedAt'
        | '-createdAt'
        | '-status'
        | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly Orchestration[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/orchestrations' }, input, options),

  /** How many orchestrations there are by status: `GET /api/v1/orchestration-counts`. */
  counts: (
    input: { readonly minPosition?: string | undefined; readonly asOf?: string | undefined } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly counts: Readonly<Record<string, number>>;
      readonly total: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/orchestration-counts' }, input, options),

  /** An orchestration: definition, workers, what is missing: `GET /api/v1/orchestrations/{name}`. */
  get: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly name: string;
    },
    options?: CallOptions,
  ) =>
    send<Orchestration>(
      { kind: 'query', method: 'GET', path: '/api/v1/orchestrations/{name}' },
      input,
      options,
    ),

  /** Will it run now, and if not, what is missing: `GET /api/v1/orchestrations/{name}/preflight`. */
  preflight: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly name: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly orchName: string;
      readonly status: 'PENDING' | 'SUCCESS' | 'FAILED';
      readonly willRun: boolean;
      readonly problems: readonly {
        readonly code:
          | 'definition_missing'
          | 'definition_refused'
          | 'worker_missing'
          | 'no_live_worker'
          | 'worker_silent'
          | 'worker_deaf'
          | 'worker_unseen'
          | 'unknown_step'
          | 'retries_outlast_timeout'
          | 'retries_outlast_schedule_timeout';
        readonly isBlocking: boolean;
        readonly step?: string;
        readonly service?: string;
        readonly detail: string;
      }[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/orchestrations/{name}/preflight' }, input, options),

  /** Every attempt to register, whatever came of it: `GET /api/v1/orchestrations/{name}/registrations`. */
  registrations: (
    input: {
      readonly service?: string | undefined;
      readonly outcome?: 'registered' | 'unchanged' | 'refused' | undefined;
      readonly sort?: 'position' | '-position' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly name: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly id: string;
        readonly orchName: string;
        readonly role: string;
        readonly service: string;
        readonly outcome: 'registered' | 'unchanged' | 'refused';
        readonly code: string | null;
        readonly detail: string | null;
        readonly pointer: string | null;
        readonly registered: readonly string[];
        readonly failed: readonly { readonly name: string; readonly code: string }[];
        readonly version: number | null;
        readonly by: string;
        readonly correlationId: string;
        readonly at: string;
        readonly position: string;
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/orchestrations/{name}/registrations' }, input, options),

  /** Runs of an orchestration: `GET /api/v1/orchestrations/{name}/sagas`. */
  runs: (
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
      readonly name: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly RunSummary[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/orchestrations/{name}/sagas' }, input, options),
});
