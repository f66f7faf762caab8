// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';

export const workers = (send: Send) => ({
  /** Say that a service is alive, and hear how it stands: `POST /api/v1/workers/heartbeat`. */
  heartbeat: (input: { readonly body: { readonly service: string } }, options?: CallOptions) =>
    send<{
      readonly service: string;
      readonly liveness: {
        readonly state: 'live' | 'silent' | 'deaf' | 'unseen';
        readonly lastPollAt: string | null;
        readonly lastHeartbeatAt: string | null;
        readonly lastClaimAt: string | null;
      };
    }>({ kind: 'work', method: 'POST', path: '/api/v1/workers/heartbeat' }, input, options),

  /** Services, what they serve and whether they live: `GET /api/v1/workers`. */
  list: (
    input: {
      readonly service?: string | undefined;
      readonly orchName?: string | undefined;
      readonly step?: string | undefined;
      readonly sort?: 'service' | 'updatedAt' | '-service' | '-updatedAt' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly service: string;
        readonly orchestrations: readonly {
          readonly orchName: string;
          readonly steps: readonly {
            readonly name: string;
            readonly objectType: string | null;
            readonly transport: 'http' | 'kafka';
            readonly since: string;
          }[];
          readonly registeredAt: string;
        }[];
        readonly registeredAt: string;
        readonly updatedAt: string;
        readonly position: string;
        readonly liveness: {
          readonly state: 'live' | 'silent' | 'deaf' | 'unseen';
          readonly lastPollAt: string | null;
          readonly lastHeartbeatAt: string | null;
          readonly lastClaimAt: string | null;
        };
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/workers' }, input, options),
});
