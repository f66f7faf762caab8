import type { EventStore, Position } from '../event-store/port.ts';

const PAGE = 4096;
const MOST = 50_000;

/**
 * Number of events behind a position, up to another, of a log whose positions do not tell: they are read. Counting
 * stops at about 50,000, so that asking never costs more than that; behind by more is behind by "at least".
 */
export const countBetween =
  ({ readAll }: Pick<EventStore, 'readAll'>) =>
  async (after: Position, upTo: Position): Promise<number> => {
    let count = 0;
    for (let position = after, isEnd = false; !isEnd && position < upTo && count < MOST;) {
      const slice = await readAll({ after: position, max: PAGE });
      count += slice.events.filter((event) => event.position <= upTo).length;
      ({ position, isEnd } = slice);
    }
    return count;
  };
