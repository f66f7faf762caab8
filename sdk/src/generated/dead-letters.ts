// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { Done, Letter } from './shapes.ts';

export const deadLetters = (send: Send) => ({
  /** Records that could not be taken in: `GET /api/v1/dead-letters`. */
  list: (
    input: {
      readonly state?: 'parked' | 'selected' | 'redriving' | 'resolved' | 'discarded' | undefined;
      readonly topic?: string | undefined;
      readonly code?: string | undefined;
      readonly fingerprint?: string | undefined;
      readonly flowId?: string | undefined;
      readonly instanceId?: string | undefined;
      readonly redriveId?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly sort?: 'parkedAt' | 'updatedAt' | '-parkedAt' | '-updatedAt' | undefined;
      readonly limit?: string | number | undefined;
      readonly cursor?: string | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
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
      }[];
      readonly nextCursor?: string;
      readonly blockedIds?: readonly string[];
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/dead-letters' }, input, options),

  /** How many dead letters there are by state: `GET /api/v1/dead-letters/counts`. */
  counts: (
    input: {
      readonly state?: 'parked' | 'selected' | 'redriving' | 'resolved' | 'discarded' | undefined;
      readonly topic?: string | undefined;
      readonly code?: string | undefined;
      readonly fingerprint?: string | undefined;
      readonly flowId?: string | undefined;
      readonly instanceId?: string | undefined;
      readonly redriveId?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly counts: Readonly<Record<string, number>>;
      readonly total: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/dead-letters/counts' }, input, options),

  /** Dead letters by what is wrong with them, the 100 largest groups: `GET /api/v1/dead-letters/groups`. */
  groups: (
    input: {
      readonly state?: 'parked' | 'selected' | 'redriving' | 'resolved' | 'discarded' | undefined;
      readonly topic?: string | undefined;
      readonly code?: string | undefined;
      readonly fingerprint?: string | undefined;
      readonly flowId?: string | undefined;
      readonly instanceId?: string | undefined;
      readonly redriveId?: string | undefined;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly fingerprint: string;
        readonly count: number;
        readonly first: string;
        readonly last: string;
        readonly example: {
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
        };
        readonly position: string;
      }[];
      readonly total: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/dead-letters/groups' }, input, options),

  /** A dead letter: content, editions, what happened to it: `GET /api/v1/dead-letters/{letterId}`. */
  get: (
    input: { readonly minPosition?: string | undefined; readonly letterId: string },
    options?: CallOptions,
  ) =>
    send<Letter>({ kind: 'query', method: 'GET', path: '/api/v1/dead-letters/{letterId}' }, input, options),

  /** How far a redrive is: `GET /api/v1/dead-letters/redrives/{redriveId}`. */
  getRedrive: (
    input: { readonly minPosition?: string | undefined; readonly redriveId: string },
    options?: CallOptions,
  ) =>
    send<{
      readonly redriveId: string;
      readonly counts: Readonly<
        Record<'selected' | 'redriving' | 'resolved' | 'parked-again' | 'discarded', number>
      >;
      readonly total: number;
      readonly isOver: boolean;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/dead-letters/redrives/{redriveId}' }, input, options),

  /** What a redrive would do; changes nothing: `POST /api/v1/dead-letters/redrive/preview`. */
  previewRedrive: (
    input: {
      readonly minPosition?: string | undefined;
      readonly body: {
        readonly ids?: readonly string[] | undefined;
        readonly fingerprint?: string | undefined;
        readonly filter?:
          | {
              readonly topic?: string | undefined;
              readonly code?: string | undefined;
              readonly fingerprint?: string | undefined;
              readonly flowId?: string | undefined;
              readonly from?: string | undefined;
              readonly to?: string | undefined;
            }
          | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly letters: number;
      readonly isCut: boolean;
      readonly skipped: Readonly<Record<string, number>>;
      readonly topics: Readonly<Record<string, number>>;
      readonly order: { readonly following: number; readonly heldUp: number };
      readonly runs: {
        readonly total: number;
        readonly ended: number;
        readonly unknown: number;
        readonly items: readonly {
          readonly flowId: string;
          readonly status: string | null;
          readonly ended: boolean;
          readonly letters: number;
        }[];
      };
      readonly instances: {
        readonly total: number;
        readonly deleted: number;
        readonly unknown: number;
        readonly items: readonly {
          readonly instanceId: string;
          readonly status: string | null;
          readonly deleted: boolean;
          readonly letters: number;
        }[];
      };
      readonly position: string;
    }>({ kind: 'query', method: 'POST', path: '/api/v1/dead-letters/redrive/preview' }, input, options),

  /** Take many records in again: `POST /api/v1/dead-letters/redrive`. */
  redriveMany: (
    input: {
      readonly minPosition?: string | undefined;
      readonly body: {
        readonly ids?: readonly string[] | undefined;
        readonly fingerprint?: string | undefined;
        readonly filter?:
          | {
              readonly topic?: string | undefined;
              readonly code?: string | undefined;
              readonly fingerprint?: string | undefined;
              readonly flowId?: string | undefined;
              readonly from?: string | undefined;
              readonly to?: string | undefined;
            }
          | undefined;
        readonly reason?: string | undefined;
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
          readonly redriveId: string;
          readonly selected: number;
          readonly skipped: Readonly<Record<string, number>>;
          readonly isCut: boolean;
        }
      | {
          readonly letters: number;
          readonly isCut: boolean;
          readonly skipped: Readonly<Record<string, number>>;
          readonly topics: Readonly<Record<string, number>>;
          readonly order: { readonly following: number; readonly heldUp: number };
          readonly runs: {
            readonly total: number;
            readonly ended: number;
            readonly unknown: number;
            readonly items: readonly {
              readonly flowId: string;
              readonly status: string | null;
              readonly ended: boolean;
              readonly letters: number;
            }[];
          };
          readonly instances: {
            readonly total: number;
            readonly deleted: number;
            readonly unknown: number;
            readonly items: readonly {
              readonly instanceId: string;
              readonly status: string | null;
              readonly deleted: boolean;
              readonly letters: number;
            }[];
          };
          readonly position: string;
        }
    >({ kind: 'command', method: 'POST', path: '/api/v1/dead-letters/redrive' }, input, options),

  /** Take a record in again: `POST /api/v1/dead-letters/{letterId}/redrive`. */
  redrive: (
    input: {
      readonly letterId: string;
      readonly body?:
        { readonly reason?: string | undefined; readonly perSecond?: number | undefined } | undefined;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly redriveId: string;
    }>({ kind: 'command', method: 'POST', path: '/api/v1/dead-letters/{letterId}/redrive' }, input, options),

  /** Edit the value of a record, with a reason: `POST /api/v1/dead-letters/{letterId}/edit`. */
  edit: (
    input: {
      readonly letterId: string;
      readonly body: {
        readonly text?: string | undefined;
        readonly base64?: string | undefined;
        readonly reason: string;
      };
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly edition: number;
      readonly diff: readonly { readonly kind: 'same' | 'removed' | 'added'; readonly text: string }[] | null;
    }>({ kind: 'command', method: 'POST', path: '/api/v1/dead-letters/{letterId}/edit' }, input, options),

  /** Close a dead letter without taking its record, with a reason: `POST /api/v1/dead-letters/{letterId}/discard`. */
  discard: (
    input: { readonly letterId: string; readonly body: { readonly reason: string } },
    options?: CallOptions,
  ) =>
    send<Done>(
      { kind: 'command', method: 'POST', path: '/api/v1/dead-letters/{letterId}/discard' },
      input,
      options,
    ),
});
