import { hashOfStored, ZERO_HASH } from '../../src/infra/event-store/hash.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';

type ChainResult =
  | { readonly kind: 'intact'; readonly revision: number; readonly hash: string }
  | { readonly kind: 'broken'; readonly stream: string; readonly revision: number };

/** The head `verifyChain` continues from; the default is the start of a stream. */
type ChainStart = { readonly revision: number; readonly hash: string };

/**
 * Recomputes the chain over one stream's events in revision order, and names the first revision that is
 * missing, out of place or not what was written.
 */
export const verifyChain = (events: Iterable<StoredEvent>): ChainResult => {
  let head: ChainStart = { revision: -1, hash: ZERO_HASH };
  for (const event of events) {
    const revision = head.revision + 1;
    if (event.revision !== revision || hashOfStored(head.hash, event) !== event.hash) {
      return { kind: 'broken', stream: event.stream, revision };
    }
    head = { revision, hash: event.hash };
  }
  return { kind: 'intact', revision: head.revision, hash: head.hash };
};
