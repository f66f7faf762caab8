// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { Done, Instance, InstanceEvent, InstanceStatus, InstanceSummary } from './shapes.ts';

export const instances = (send: Send) => ({
  /** Deliver an instance: `POST /api/v1/instances`. */
  deliver: (
    input: {
      readonly body: {
        readonly headers: {
          readonly sourceApplicationId: string;
          readonly correlationId: string;
          readonly sourceApplicationIntegrationId?: string | undefined;
          readonly sourceApplicationInstanceId?: string | undefined;
          readonly fileIds?: readonly string[] | undefined;
          readonly integrationId?: string | undefined;
          readonly instanceId?: string | undefined;
          readonly configurationId?: string | undefined;
          readonly archiveInstanceId?: string | undefined;
        };
        readonly value: {
          readonly valuePerKey?: Readonly<Record<string, string>> | undefined;
          readonly objectCollectionPerKey?:
            Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> | undefined;
          readonly [name: string]: unknown;
        };
        readonly createdAt?: string | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<{ readonly id: string; readonly position: string }>(
      { kind: 'command', method: 'POST', path: '/api/v1/instances' },
      input,
      options,
    ),

  /** Deliver up to 100 instances, each with a key of its own and a result of its own: `POST /api/v1/instances/batch`. */
  deliverMany: (
    input: {
      readonly body: {
        readonly items: readonly { readonly key: string; readonly instance: unknown }[];
        readonly dryRun?: boolean | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly results: readonly {
        readonly key: string;
        readonly outcome: 'received' | 'repeated' | 'refused' | 'unavailable' | 'valid';
        readonly id: string | null;
        readonly code: string | null;
        readonly detail: string | null;
      }[];
      readonly position: string | null;
    }>({ kind: 'command', method: 'POST', path: '/api/v1/instances/batch' }, input, options),

  /** Instances and refused deliveries, without what is sealed of them: `GET /api/v1/instances`. */
  list: (
    input: {
      readonly kind?: 'instance' | 'refused-intake' | undefined;
      readonly status?: InstanceStatus | undefined;
      readonly storageStatus?: 'STORED' | 'STORED_AND_DELETED' | 'NEVER_STORED' | undefined;
      readonly errorCategory?:
        'receival' | 'registration' | 'retry-request' | 'mapping' | 'dispatching' | undefined;
      readonly sourceApplicationId?: string | undefined;
      readonly sourceApplicationIntegrationId?: string | undefined;
      readonly integrationId?: string | undefined;
      readonly correlationId?: string | undefined;
      readonly held?: 'true' | 'false' | undefined;
      readonly owner?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly sort?: 'createdAt' | 'updatedAt' | 'id' | '-createdAt' | '-updatedAt' | '-id' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly InstanceSummary[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/instances' }, input, options),

  /** How many instances there are by status, and by what is kept of them: `GET /api/v1/instances/counts`. */
  counts: (
    input: {
      readonly kind?: 'instance' | 'refused-intake' | undefined;
      readonly status?: InstanceStatus | undefined;
      readonly storageStatus?: 'STORED' | 'STORED_AND_DELETED' | 'NEVER_STORED' | undefined;
      readonly errorCategory?:
        'receival' | 'registration' | 'retry-request' | 'mapping' | 'dispatching' | undefined;
      readonly sourceApplicationId?: string | undefined;
      readonly sourceApplicationIntegrationId?: string | undefined;
      readonly integrationId?: string | undefined;
      readonly correlationId?: string | undefined;
      readonly held?: 'true' | 'false' | undefined;
      readonly owner?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly counts: Readonly<Record<string, number>>;
      readonly total: number;
      readonly position: string;
      readonly storage: Readonly<Record<string, number>>;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/instances/counts' }, input, options),

  /** An instance with its headers and its value, both null once deleted: `GET /api/v1/instances/{instanceId}`. */
  get: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly instanceId: string;
    },
    options?: CallOptions,
  ) =>
    send<Instance>({ kind: 'query', method: 'GET', path: '/api/v1/instances/{instanceId}' }, input, options),

  /** The headers and the value of an instance; 410 once it is deleted: `GET /api/v1/instances/{instanceId}/value`. */
  value: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly instanceId: string;
    },
    options?: CallOptions,
  ) =>
    send<{
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
      };
      readonly value: {
        readonly valuePerKey: Readonly<Record<string, string>>;
        readonly objectCollectionPerKey: Readonly<
          Record<string, readonly Readonly<Record<string, unknown>>[]>
        >;
      };
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/instances/{instanceId}/value' }, input, options),

  /** What happened to an instance, and how it stood from then on: `GET /api/v1/instances/{instanceId}/history`. */
  history: (
    input: {
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
      readonly instanceId: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly instanceId: string;
      readonly items: readonly InstanceEvent[];
      readonly revision: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/instances/{instanceId}/history' }, input, options),

  /** Send an instance out again, under a correlation id of its own: `POST /api/v1/instances/{instanceId}/retry`. */
  retry: (input: { readonly instanceId: string }, options?: CallOptions) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly correlationId: string;
    }>({ kind: 'command', method: 'POST', path: '/api/v1/instances/{instanceId}/retry' }, input, options),

  /** Send many instances out again, one after the other, with a result for each: `POST /api/v1/instances/retries`. */
  retryMany: (input: { readonly body: { readonly instanceIds: readonly string[] } }, options?: CallOptions) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly batchId: string;
      readonly results: readonly {
        readonly instanceId: string;
        readonly outcome: 'requested' | 'not-found' | 'no-headers' | 'failed';
        readonly correlationId: string | null;
      }[];
    }>({ kind: 'command', method: 'POST', path: '/api/v1/instances/retries' }, input, options),

  /** What became of each of many retries: `GET /api/v1/instances/retries/{batchId}`. */
  getRetries: (
    input: { readonly minPosition?: string | undefined; readonly batchId: string },
    options?: CallOptions,
  ) =>
    send<{
      readonly batchId: string;
      readonly isFinished: boolean;
      readonly results: readonly {
        readonly instanceId: string;
        readonly outcome: 'requested' | 'not-found' | 'no-headers' | 'failed';
        readonly correlationId: string | null;
      }[];
      readonly revision: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/instances/retries/{batchId}' }, input, options),

  /** Settle by hand an instance that failed: `POST /api/v1/instances/{instanceId}/settle`. */
  settle: (
    input: {
      readonly instanceId: string;
      readonly body: {
        readonly as: 'manually-processed' | 'manually-rejected' | 'overridden-as-transferred';
        readonly reason?: string | undefined;
        readonly archiveInstanceId?: string | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/instances/{instanceId}/settle' },
      input,
      options,
    ),

  /** Hold an instance: nothing deletes it: `POST /api/v1/instances/{instanceId}/hold`. */
  hold: (
    input: { readonly instanceId: string; readonly body: { readonly reason: string } },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/instances/{instanceId}/hold' },
      input,
      options,
    ),

  /** Lift the hold on an instance: `POST /api/v1/instances/{instanceId}/lift-hold`. */
  liftHold: (
    input: { readonly instanceId: string; readonly body: { readonly reason: string } },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/instances/{instanceId}/lift-hold' },
      input,
      options,
    ),

  /** Delete an instance: nobody gets its value any more: `DELETE /api/v1/instances/{instanceId}`. */
  delete: (
    input: { readonly instanceId: string; readonly body: { readonly reason: string } },
    options?: CallOptions,
  ) =>
    send<Done>({ kind: 'command', method: 'DELETE', path: '/api/v1/instances/{instanceId}' }, input, options),

  /** The retention run under way, and the last one that ended: `GET /api/v1/instances/retention`. */
  retention: (input: { readonly minPosition?: string | undefined } = {}, options?: CallOptions) =>
    send<{
      readonly current: {
        readonly runId: string;
        readonly cutoff: string;
        readonly days: number;
        readonly startedAt: string;
        readonly startedBy: string;
        readonly remaining: number;
      } | null;
      readonly last: {
        readonly runId: string;
        readonly cutoff: string;
        readonly days: number;
        readonly startedAt: string;
        readonly startedBy: string;
        readonly finishedAt: string;
        readonly deleted: number;
        readonly kept: {
          readonly held: number;
          readonly liveRun: number;
          readonly openLetter: number;
          readonly unread: number;
        };
        readonly failed: number;
      } | null;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/instances/retention' }, input, options),

  /** Delete instances whose time is up, now: `POST /api/v1/instances/retention/runs`. */
  startRetention: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly runId: string;
    }>({ kind: 'command', method: 'POST', path: '/api/v1/instances/retention/runs' }, input, options),
});
