// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';

export const healing = (send: Send) => ({
  /** The diary: what was missing, how long, who waited and went on: `GET /api/v1/healing`. */
  list: (
    input: {
      readonly orchName?: string | undefined;
      readonly step?: string | undefined;
      readonly open?: 'true' | 'false' | undefined;
      readonly sort?: 'since' | '-since' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
      readonly asOf?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly orchName: string;
        readonly step: string;
        readonly open: boolean;
        readonly incidents: number;
        readonly latest: {
          readonly since: string;
          readonly until: string | null;
          readonly suppliedAt: string | null;
          readonly suppliedBy: readonly string[];
          readonly waited: number;
          readonly resumed: number;
          readonly firstResumedAt: string | null;
          readonly lastResumedAt: string | null;
          readonly peakPerSecond: number;
          readonly state: 'missing' | 'resuming' | 'over';
          readonly waiting: number;
          readonly gone: number;
        };
        readonly earlier: readonly {
          readonly since: string;
          readonly until: string | null;
          readonly suppliedAt: string | null;
          readonly suppliedBy: readonly string[];
          readonly waited: number;
          readonly resumed: number;
          readonly firstResumedAt: string | null;
          readonly lastResumedAt: string | null;
          readonly peakPerSecond: number;
          readonly state: 'missing' | 'resuming' | 'over';
          readonly waiting: number;
          readonly gone: number;
        }[];
        readonly position: string;
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/healing' }, input, options),
});
