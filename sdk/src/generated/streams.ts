// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { StoredEvent } from './shapes.ts';

export const streams = (send: Send) => ({
  /** The events of a stream as they are stored: `GET /api/v1/streams/{stream}`. */
  read: (
    input: {
      readonly from?: string | undefined;
      readonly direction?: 'forwards' | 'backwards' | undefined;
      readonly limit?: string | number | undefined;
      readonly minPosition?: string | undefined;
      readonly stream: string;
    },
    options?: CallOptions,
  ) =>
    send<{
      readonly items: readonly StoredEvent[];
      readonly nextCursor?: string;
      readonly head: number;
      readonly position: string;
    }>({ kind: 'query', method: 'GET', path: '/api/v1/streams/{stream}', cursorIn: 'from' }, input, options),
});
