// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';

export const timers = (send: Send) => ({
  /** What runs do by themselves, and when: `GET /api/v1/timers`. */
  list: (
    input: {
      readonly orchName?: string | undefined;
      readonly before?: string | undefined;
      readonly sort?: 'dueAt' | '-dueAt' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly id: string;
        readonly flowId: string;
        readonly orchName: string;
        readonly step: string;
        readonly action: 'do' | 'undo';
        readonly kind: 'retry' | 'schedule';
        readonly attempt: number;
        readonly since: string;
        readonly dueAt: string;
        readonly position: string;
      }[];
      readonly nextCursor?: string;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/timers' }, input, options),
});
