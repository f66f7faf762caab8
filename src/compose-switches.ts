import { memoryShares } from './compose-memory.ts';
import type { Config } from './config.ts';

/** What the HTTP edge is told by the settings, and by the memory there is. */
export const switchesOf = ({ BASE_PATH, INTERNAL_API, RATE_LIMITS }: Config) => ({
  basePath: BASE_PATH,
  isInternalApiOff: INTERNAL_API === 'off',
  rateLimits: RATE_LIMITS,
  mostBodyBytes: memoryShares().bodyBytes,
});
