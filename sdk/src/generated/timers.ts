// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { Done } from './shapes.ts';

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
      readonly asOf?: string | undefined;
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
        readonly revision: number;
        readonly position: string;
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/timers' }, input, options),

  /** Move a timer to another time: `POST /api/v1/timers/{flowId}/{step}/{action}/reschedule`. */
  reschedule: (
    input: {
      readonly flowId: string;
      readonly step: string;
      readonly action: 'do' | 'undo';
      readonly body: { readonly dueAt: string; readonly reason: string };
    },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/timers/{flowId}/{step}/{action}/reschedule' },
      input,
      options,
    ),

  /** Have a timer fire now: `POST /api/v1/timers/{flowId}/{step}/{action}/fire`. */
  fire: (
    input: {
      readonly flowId: string;
      readonly step: string;
      readonly action: 'do' | 'undo';
      readonly body: { readonly reason: string };
    },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/timers/{flowId}/{step}/{action}/fire' },
      input,
      options,
    ),

  /** Cancel a timer: without its retry a step waits for a person: `POST /api/v1/timers/{flowId}/{step}/{action}/cancel`. */
  cancel: (
    input: {
      readonly flowId: string;
      readonly step: string;
      readonly action: 'do' | 'undo';
      readonly body: { readonly reason: string };
    },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/timers/{flowId}/{step}/{action}/cancel' },
      input,
      options,
    ),

  /** Move many timers, by as much or to one time; with dryRun, say which: `POST /api/v1/timers/shift`. */
  shift: (
    input: {
      readonly minPosition?: string | undefined;
      readonly body: {
        readonly filter: {
          readonly orchName?: string | undefined;
          readonly step?: string | undefined;
          readonly kind?: 'retry' | 'schedule' | undefined;
          readonly from?: string | undefined;
          readonly before?: string | undefined;
        };
        readonly byMs?: number | undefined;
        readonly to?: string | undefined;
        readonly reason: string;
        readonly perSecond?: number | undefined;
        readonly dryRun?: boolean | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<
      | {
          readonly status: 'SUCCESS';
          readonly message: string;
          readonly position: string;
          readonly shiftId: string;
          readonly runs: number;
        }
      | {
          readonly count: number;
          readonly runs: number;
          readonly first: readonly {
            readonly id: string;
            readonly flowId: string;
            readonly orchName: string;
            readonly step: string;
            readonly action: 'do' | 'undo';
            readonly kind: 'retry' | 'schedule';
            readonly attempt: number;
            readonly since: string;
            readonly dueAt: string;
            readonly revision: number;
            readonly position: string;
            readonly newDueAt: string;
          }[];
          readonly isCut: boolean;
          readonly position: string;
        }
    >({ kind: 'command', method: 'POST', path: '/api/v1/timers/shift' }, input, options),

  /** How a shift of timers goes on, and what became of each run: `GET /api/v1/timers/shifts/{shiftId}`. */
  getShift: (
    input: { readonly minPosition?: string | undefined; readonly shiftId: string },
    options?: CallOptions,
  ) =>
    send<{
      readonly shiftId: string;
      readonly isFinished: boolean;
      readonly runs: number;
      readonly counts: { readonly moved: number; readonly unchanged: number; readonly refused: number };
      readonly timersMoved: number;
      readonly reason: string;
      readonly results: readonly {
        readonly flowId: string;
        readonly outcome: 'moved' | 'unchanged' | 'refused';
        readonly moved: number;
        readonly code: string | null;
      }[];
      readonly owner: string | null;
      readonly revision: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/timers/shifts/{shiftId}' }, input, options),
});
