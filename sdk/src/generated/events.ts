// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { StoredEvent } from './shapes.ts';

export const events = (send: Send) => ({
  /** The events of the whole log as they are stored: `GET /api/v1/events`. */
  list: (
    input: {
      readonly category?: string | undefined;
      readonly type?: string | undefined;
      readonly correlationId?: string | undefined;
      readonly from?: string | undefined;
      readonly limit?: string | number | undefined;
      readonly minPosition?: string | undefined;
    } = {},
    options?: CallOptions,
  ) =>
    send<{ readonly items: readonly StoredEvent[]; readonly nextCursor?: string; readonly position: string }>(
      { kind: 'query', method: 'GET', path: '/api/v1/events', cursorIn: 'from' },
      input,
      options,
    ),
});
