import { StoreUnavailable } from '../errors.ts';
import { START } from '../port.ts';
import type { Position } from '../port.ts';
import { IDENTITY_STREAM, isOwn } from './own-streams.ts';
import { READ_PATIENCE_MS, patiently, tooLargeOr } from './patience.ts';
import type { ReadDeps } from './events-of-stream.ts';
import { laterOf } from './position.ts';
import { recordedIn } from './recorded.ts';
import type { Recorded } from './recorded.ts';
import { followRequest, newestRequest } from './requests.ts';
import type { Tail } from './tail.ts';

const PAGE = 64;
// Long for a look at the end of the log, short beside what others may have written behind our last event.
const LOOK_BACK_MS = 1000;

/**
 * Position of the newest event of the namespace, the adapter's own left out. It is looked for from the end; where others
 * have written so much since that the server does not come to it, on from where the tail is.
 *
 * @throws StoreUnavailable, StoreClosed
 */
export const lastPositionIn =
  (deps: ReadDeps, tail: Pick<Tail, 'last' | 'lookedUpTo'>): (() => Promise<Position>) =>
  async () => {
    try {
      return await lastBackFromEnd(deps, LOOK_BACK_MS);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    return lastOnFrom(deps, tail);
  };

/** The same where nothing of the log is known yet, within a silence that the caller bears. */
export const lastBackFromEnd = async (deps: ReadDeps, patienceMs = READ_PATIENCE_MS): Promise<Position> => {
  let before: Position | undefined;
  for (;;) {
    const page = await newest(deps, before, patienceMs);
    const found = page.find(({ stream }) => !isOwn(stream));
    if (found !== undefined) return found.position;
    const oldest = page.at(-1);
    // The first of the namespace: a server would look through all that others have written before it.
    if (oldest === undefined || oldest.stream === IDENTITY_STREAM) return START;
    before = oldest.position;
  }
};

const lastOnFrom = (
  deps: ReadDeps,
  { last, lookedUpTo }: Pick<Tail, 'last' | 'lookedUpTo'>,
): Promise<Position> =>
  patiently(deps, async (leftMs) => {
    const { link, prefix } = deps;
    let found = last();
    try {
      for await (const response of link.read(followRequest(lookedUpTo(), [prefix]), { idleMs: leftMs })) {
        if (response.hasCaughtUp()) return found;
        const event = recordedIn(response, prefix);
        if (event !== undefined && !isOwn(event.stream)) found = laterOf(found, event.position);
      }
    } catch (error) {
      throw tooLargeOr(error, found);
    }
    throw new Error('the server ended the reading before its end');
  });

const newest = (
  deps: ReadDeps,
  before: Position | undefined,
  patienceMs: number,
): Promise<readonly Recorded[]> =>
  patiently(
    deps,
    async (leftMs) => {
      const { link, prefix } = deps;
      const page: Recorded[] = [];
      const request = newestRequest(before, prefix, PAGE);
      try {
        for await (const response of link.read(request, { idleMs: leftMs })) {
          const event = recordedIn(response, prefix);
          if (event === undefined) continue;
          page.push(event);
          // What the caller looks for is found: the rest need not be sent.
          if (!isOwn(event.stream) || event.stream === IDENTITY_STREAM) break;
        }
      } catch (error) {
        throw tooLargeOr(error, before);
      }
      return page;
    },
    patienceMs,
  );
