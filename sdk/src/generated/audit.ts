// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';

export const audit = (send: Send) => ({
  /** Sign a checkpoint of the log as it is now: `POST /api/v1/audit/checkpoints`. */
  takeCheckpoint: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{
      readonly status: 'SUCCESS';
      readonly message: string;
      readonly position: string;
      readonly checkpoint: {
        readonly format: 1;
        readonly logId: string;
        readonly number: number;
        readonly signedAt: string;
        readonly from: string;
        readonly upTo: string;
        readonly events: number;
        readonly streams: number;
        readonly root: string;
        readonly order: string;
        readonly previous: string;
        readonly heads: string;
        readonly keyFingerprint: string;
        readonly publicKey: string;
        readonly signature: string;
      };
    }>({ kind: 'act', method: 'POST', path: '/api/v1/audit/checkpoints' }, input, options),

  /** Signed checkpoints, the newest first: `GET /api/v1/audit/checkpoints`. */
  checkpoints: (
    input: {
      readonly cursor?: string | undefined;
      readonly limit?: string | number | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly {
        readonly format: 1;
        readonly logId: string;
        readonly number: number;
        readonly signedAt: string;
        readonly from: string;
        readonly upTo: string;
        readonly events: number;
        readonly streams: number;
        readonly root: string;
        readonly order: string;
        readonly previous: string;
        readonly heads: string;
        readonly keyFingerprint: string;
        readonly publicKey: string;
        readonly signature: string;
      }[];
      readonly nextCursor?: string;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/audit/checkpoints' }, input, options),

  /** A signed checkpoint: `GET /api/v1/audit/checkpoints/{number}`. */
  checkpoint: (
    input: { readonly minPosition?: string | undefined; readonly number: string },
    options?: CallOptions,
  ) =>
    send<{
      readonly format: 1;
      readonly logId: string;
      readonly number: number;
      readonly signedAt: string;
      readonly from: string;
      readonly upTo: string;
      readonly events: number;
      readonly streams: number;
      readonly root: string;
      readonly order: string;
      readonly previous: string;
      readonly heads: string;
      readonly keyFingerprint: string;
      readonly publicKey: string;
      readonly signature: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/audit/checkpoints/{number}' }, input, options),
});
