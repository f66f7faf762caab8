// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';

export const schemas = (send: Send) => ({
  /** Event types and their versions: `GET /api/v1/schemas`. */
  list: (input: { readonly type?: string | undefined } = {}, options?: CallOptions) =>
    send<{
      readonly items: readonly {
        readonly type: string;
        readonly version: string;
        readonly isCurrent: boolean;
        readonly href: string;
      }[];
    }>({ kind: 'query', method: 'GET', path: '/api/v1/schemas' }, input, options),

  /** The JSON Schema of an event type in a version: `GET /api/v1/schemas/{type}/{version}`. */
  get: (input: { readonly type: string; readonly version: string }, options?: CallOptions) =>
    send<{ readonly $schema: string; readonly [name: string]: unknown }>(
      { kind: 'query', method: 'GET', path: '/api/v1/schemas/{type}/{version}' },
      input,
      options,
    ),
});
