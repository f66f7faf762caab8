import type { CloseReason } from '../../session/port.ts';

/** WebSocket close codes by reason; docs/feeds.md and docs/workers.md list the same. 1007 and 1002 are sent by the library itself. */
export const CLOSE_CODES = {
  ended: 1000,
  draining: 1001,
  binary: 1003,
  policy: 1008,
  too_big: 1009,
  slow: 1013,
  unavailable: 1013,
  unauthenticated: 4401,
  forbidden: 4403,
  authentication_timeout: 4408,
  flood: 4429,
  too_many_connections: 4429,
} as const satisfies Record<CloseReason, number>;
