// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { ReplaySession, StoredEvent } from './shapes.ts';

export const replay = (send: Send) => ({
  /** Make a replay session: `POST /api/v1/replay/sessions`. */
  create: (
    input: {
      readonly body: {
        readonly filter?:
          | {
              readonly from?: string | null | undefined;
              readonly to?: string | null | undefined;
              readonly types?: readonly string[] | undefined;
              readonly excludeTypes?: readonly string[] | undefined;
              readonly categories?: readonly string[] | undefined;
              readonly stream?: string | null | undefined;
              readonly correlationId?: string | null | undefined;
              readonly flowId?: string | null | undefined;
            }
          | undefined;
        readonly maxEvents?: number | null | undefined;
        readonly target:
          | { readonly kind: 'topic'; readonly name: string }
          | { readonly kind: 'file'; readonly name: string }
          | { readonly kind: 'callback'; readonly url: string }
          | { readonly kind: 'sink' };
        readonly speed?: number | null | undefined;
        readonly payloads?: 'sealed' | 'opened' | undefined;
        readonly skipErrors?: boolean | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly sessionId: string;
    }>({ kind: 'command', method: 'POST', path: '/api/v1/replay/sessions' }, input, options),

  /** What a session would replay now: how many events, and the first: `POST /api/v1/replay/preview`. */
  preview: (
    input: {
      readonly minPosition?: string | undefined;
      readonly body?:
        | {
            readonly filter?:
              | {
                  readonly from?: string | null | undefined;
                  readonly to?: string | null | undefined;
                  readonly types?: readonly string[] | undefined;
                  readonly excludeTypes?: readonly string[] | undefined;
                  readonly categories?: readonly string[] | undefined;
                  readonly stream?: string | null | undefined;
                  readonly correlationId?: string | null | undefined;
                  readonly flowId?: string | null | undefined;
                }
              | undefined;
            readonly maxEvents?: number | null | undefined;
          }
        | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly total: number;
      readonly isCut: boolean;
      readonly sample: readonly StoredEvent[];
      readonly position: string;
    }>({ kind: 'query', method: 'POST', path: '/api/v1/replay/preview' }, input, options),

  /** Replay sessions: `GET /api/v1/replay/sessions`. */
  list: (
    input: {
      readonly status?: 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | undefined;
      readonly owner?: string | undefined;
      readonly sort?: 'createdAt' | 'updatedAt' | '-createdAt' | '-updatedAt' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
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
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/replay/sessions' }, input, options),

  /** A replay session: how far it is, what did not arrive: `GET /api/v1/replay/sessions/{sessionId}`. */
  get: (
    input: { readonly minPosition?: string | undefined; readonly sessionId: string },
    options?: CallOptions,
  ) =>
    send<ReplaySession>(
      { kind: 'query', method: 'GET', path: '/api/v1/replay/sessions/{sessionId}' },
      input,
      options,
    ),

  /** What the sink of a session holds: `GET /api/v1/replay/sessions/{sessionId}/records`. */
  records: (
    input: { readonly minPosition?: string | undefined; readonly sessionId: string },
    options?: CallOptions,
  ) =>
    send<{
      readonly isHere: boolean;
      readonly items: readonly StoredEvent[];
      readonly dropped: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/replay/sessions/{sessionId}/records' }, input, options),

  /** Start a session: the log is replayed up to its end as it is now: `POST /api/v1/replay/sessions/{sessionId}/start`. */
  start: (
    input: {
      readonly sessionId: string;
      readonly body?: { readonly reason?: string | null | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly sessionStatus: 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
    }>(
      { kind: 'command', method: 'POST', path: '/api/v1/replay/sessions/{sessionId}/start' },
      input,
      options,
    ),

  /** Pause a session: `POST /api/v1/replay/sessions/{sessionId}/pause`. */
  pause: (
    input: {
      readonly sessionId: string;
      readonly body?: { readonly reason?: string | null | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly sessionStatus: 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
    }>(
      { kind: 'command', method: 'POST', path: '/api/v1/replay/sessions/{sessionId}/pause' },
      input,
      options,
    ),

  /** Go on with a session that is paused: `POST /api/v1/replay/sessions/{sessionId}/resume`. */
  resume: (
    input: {
      readonly sessionId: string;
      readonly body?: { readonly reason?: string | null | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly sessionStatus: 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
    }>(
      { kind: 'command', method: 'POST', path: '/api/v1/replay/sessions/{sessionId}/resume' },
      input,
      options,
    ),

  /** End a session before its time: `POST /api/v1/replay/sessions/{sessionId}/cancel`. */
  cancel: (
    input: {
      readonly sessionId: string;
      readonly body?: { readonly reason?: string | null | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly sessionStatus: 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
    }>(
      { kind: 'command', method: 'POST', path: '/api/v1/replay/sessions/{sessionId}/cancel' },
      input,
      options,
    ),
});
