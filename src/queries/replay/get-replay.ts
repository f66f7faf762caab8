import type { EventStore } from '../../infra/event-store/port.ts';
import { projectReplay } from '../../projections/replays/projection.ts';
import type { ReplayRow, ReplayView } from '../../projections/replays/read-model.ts';
import { replayViewOf } from './replay-view.ts';

const PAGE = 500;

/** One session from the log; undefined for an unknown one. */
export const getReplay =
  (log: Pick<EventStore, 'readStream'>) =>
  async (sessionId: string): Promise<ReplayView | undefined> => {
    let row: ReplayRow | undefined;
    for (let from = 0; ;) {
      const { events, head } = await log.readStream(`replay-${sessionId}`, {
        ...{ from, direction: 'forwards', max: PAGE },
      });
      for (const event of events) row = projectReplay(row, event);
      const last = events.at(-1);
      if (last === undefined || last.revision >= head) return row && replayViewOf(row);
      from = last.revision + 1;
    }
  };
