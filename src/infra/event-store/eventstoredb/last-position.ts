import { START } from '../port.ts';
import type { Position } from '../port.ts';
import { isOwn } from './own-streams.ts';
import { patiently, tooLargeOr } from './patience.ts';
import type { ReadDeps } from './events-of-stream.ts';
import { recordedIn } from './recorded.ts';
import type { Recorded } from './recorded.ts';
import { newestRequest } from './requests.ts';

const PAGE = 64;

/** Position of the newest event of the namespace, the adapter's own left out. @throws StoreUnavailable, StoreClosed */
export const lastPositionIn =
  (deps: ReadDeps): (() => Promise<Position>) =>
  async () => {
    let before: Position | undefined;
    for (;;) {
      const page = await newest(deps, before);
      const found = page.find(({ stream }) => !isOwn(stream));
      if (found !== undefined) return found.position;
      const oldest = page.at(-1);
      if (oldest === undefined) return START;
      before = oldest.position;
    }
  };

const newest = (deps: ReadDeps, before: Position | undefined): Promise<readonly Recorded[]> =>
  patiently(deps, async (leftMs) => {
    const { link, prefix } = deps;
    const page: Recorded[] = [];
    const request = newestRequest(before, prefix, PAGE);
    try {
      for await (const response of link.read(request, { idleMs: leftMs })) {
        const event = recordedIn(response, prefix);
        if (event === undefined) continue;
        page.push(event);
        // What the caller looks for is found: the rest need not be sent.
        if (!isOwn(event.stream)) break;
      }
    } catch (error) {
      throw tooLargeOr(error, before);
    }
    return page;
  });
