// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';

export const service = (send: Send) => ({
  /** This description: `GET /openapi.json`. */
  openApi: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{ readonly openapi: string; readonly [name: string]: unknown }>(
      { kind: 'query', method: 'GET', path: '/openapi.json' },
      input,
      options,
    ),

  /** The messages on the bus, as AsyncAPI: `GET /asyncapi.json`. */
  asyncApi: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{ readonly asyncapi: string; readonly [name: string]: unknown }>(
      { kind: 'query', method: 'GET', path: '/asyncapi.json' },
      input,
      options,
    ),

  /** Types of published events and their versions: `GET /api/v1/event-types`. */
  eventTypes: (input: { readonly type?: string | undefined } = {}, options?: CallOptions) =>
    send<{
      readonly items: readonly {
        readonly type: string;
        readonly version: string;
        readonly isCurrent: boolean;
        readonly dataschema: string;
        readonly href: string;
      }[];
    }>({ kind: 'query', method: 'GET', path: '/api/v1/event-types' }, input, options),

  /** The JSON Schema of a published event in a version: `GET /api/v1/event-types/{type}/schemas/{version}`. */
  eventTypeSchema: (input: { readonly type: string; readonly version: string }, options?: CallOptions) =>
    send<{ readonly $schema: string; readonly [name: string]: unknown }>(
      { kind: 'query', method: 'GET', path: '/api/v1/event-types/{type}/schemas/{version}' },
      input,
      options,
    ),

  /** The process answers: `GET /api/orchestration/health`. */
  health: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{ readonly status: 'UP' }>(
      { kind: 'probe', method: 'GET', path: '/api/orchestration/health' },
      input,
      options,
    ),

  /** The event loop turns: `GET /livez`. */
  live: (input: Readonly<Record<string, never>> = {}, options?: CallOptions) =>
    send<{ readonly status: 'UP' }>({ kind: 'probe', method: 'GET', path: '/livez' }, input, options),

  /** The service can do work now: `GET /readyz`. */
  ready: (input: { readonly verbose?: '' | 'true' | undefined } = {}, options?: CallOptions) =>
    send<{
      readonly status: 'UP' | 'DOWN';
      readonly checks?: { readonly core: boolean; readonly draining: boolean; readonly logFull?: boolean };
    }>({ kind: 'probe', method: 'GET', path: '/readyz' }, input, options),
});
