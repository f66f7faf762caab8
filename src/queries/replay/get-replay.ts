import { replayStream } from '../../domain/replay/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import { projectReplay } from '../../projections/replays/projection.ts';
import type { ReplayRow, ReplayView } from '../../projections/replays/read-model.ts';
import { pagesIn } from '../stream/events-in.ts';
import { replayViewOf } from './replay-view.ts';

/** One session from the log; undefined for an unknown one. */
export const getReplay =
  (log: Pick<EventStore, 'readStream'>) =>
  async (sessionId: string): Promise<ReplayView | undefined> => {
    let row: ReplayRow | undefined;
    for await (const events of pagesIn(log, replayStream(sessionId)))
      for (const event of events) row = projectReplay(row, event);
    return row && replayViewOf(row);
  };
