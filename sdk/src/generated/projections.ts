// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { RebuildJob } from './shapes.ts';

export const projections = (send: Send) => ({
  /** Read models: how far they are, what is blocked: `GET /api/v1/projections`. */
  list: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{
      readonly items: readonly {
        readonly name: string;
        readonly state: 'live' | 'filling' | 'outdated';
        readonly generation: number | null;
        readonly position: string | null;
        readonly lag: { readonly events: number; readonly seconds: number };
        readonly eventsPerSecond: number;
        readonly blocked: number;
        readonly blockedIds: readonly string[];
        readonly job: RebuildJob | null;
        readonly secondsLeft: number | null;
      }[];
      readonly projector: 'running' | 'restarting' | 'closed';
      readonly restarts: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/projections' }, input, options),

  /** The running or the last rebuild or verification: `GET /api/v1/projections/{name}/rebuild`. */
  getRebuild: (input: { readonly name: string }, options?: CallOptions) =>
    send<{ readonly job: RebuildJob; readonly secondsLeft: number | null }>(
      { kind: 'query', method: 'GET', path: '/api/v1/projections/{name}/rebuild' },
      input,
      options,
    ),

  /** Fold the log anew, compare, switch where equal: `POST /api/v1/projections/{name}/rebuild`. */
  rebuild: (
    input: {
      readonly name: string;
      readonly body?: { readonly acceptChanges?: boolean | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<{ readonly job: RebuildJob }>(
      { kind: 'act', method: 'POST', path: '/api/v1/projections/{name}/rebuild' },
      input,
      options,
    ),

  /** Fold the log anew and say what differs: `POST /api/v1/projections/{name}/verify`. */
  verify: (input: { readonly name: string }, options?: CallOptions) =>
    send<{ readonly job: RebuildJob }>(
      { kind: 'act', method: 'POST', path: '/api/v1/projections/{name}/verify' },
      input,
      options,
    ),

  /** Go back to the generation before the live one: `POST /api/v1/projections/{name}/rollback`. */
  rollback: (input: { readonly name: string }, options?: CallOptions) =>
    send<{ readonly generation: number }>(
      { kind: 'act', method: 'POST', path: '/api/v1/projections/{name}/rollback' },
      input,
      options,
    ),

  /** Fold a blocked document's parked events again: `POST /api/v1/projections/{name}/documents/{id}/unblock`. */
  unblock: (input: { readonly name: string; readonly id: string }, options?: CallOptions) =>
    send<
      | { readonly kind: 'unblocked' }
      | { readonly kind: 'still-blocked'; readonly type: string; readonly reason: string }
    >(
      { kind: 'act', method: 'POST', path: '/api/v1/projections/{name}/documents/{id}/unblock' },
      input,
      options,
    ),
});
