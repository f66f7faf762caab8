import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock/port.ts';
import type { Identity, Principal } from './port.ts';

/** So much later than without it a key that was removed is refused. */
const REMEMBERED_MS = 30_000;
const MOST_TOKENS = 1000;

type Remembered = { readonly principal: Principal; readonly until: number };

/**
 * Checking a signature takes longer than most requests: a token that was accepted is not checked again for 30 s,
 * nor beyond its own end.
 */
export const remembering = (identity: Identity, clock: Pick<Clock, 'now'>): Identity => {
  const known = new LRUCache<string, Remembered>({ max: MOST_TOKENS });
  return {
    verify: async (token) => {
      const found = known.get(token);
      if (found !== undefined && clock.now() < found.until)
        return { kind: 'known', principal: found.principal };
      const verdict = await identity.verify(token);
      if (verdict.kind !== 'known') return verdict;
      const { principal } = verdict;
      known.set(token, { principal, until: Math.min(principal.expiresAt, clock.now() + REMEMBERED_MS) });
      return verdict;
    },
  };
};
