import type { EventStore, Position } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { PastStores, StillBuilding } from '../../infra/past-stores/port.ts';
import { listsOver } from '../lists.ts';
import type { Lists } from '../lists.ts';
import { logUpTo } from './log-up-to.ts';
import { createMoments } from './moments.ts';
import type { MomentDeps } from './moments.ts';
import { pastLiveness } from './past-liveness.ts';
import { singlesAt } from './singles-at.ts';

type Deps = MomentDeps & {
  readonly log: Pick<EventStore, 'readAll' | 'readStream' | 'lastPosition'>;
  readonly keys: Pick<Keys, 'open'>;
  readonly pastStores: Pick<PastStores, 'at'>;
};

/** What is asked of the past: which moment, single resources then, lists then. */
export const createAsOf = (deps: Deps) => ({
  momentOf: createMoments(deps),
  singlesAt: (moment: Parameters<typeof singlesAt>[1]) => singlesAt(deps, moment),
  /**
   * Asks the read models as they were at a position. `building`: they were not made from the log before the signal
   * aborted; that goes on.
   */
  fromLists: async <Answer>(
    position: Position,
    signal: AbortSignal,
    ask: (lists: Lists) => Promise<Answer>,
  ): Promise<{ readonly kind: 'answered'; readonly answer: Answer } | StillBuilding> => {
    const past = await deps.pastStores.at(position, signal);
    if (past.kind === 'building') return past;
    try {
      const livenessOf = pastLiveness(logUpTo(deps.log, position));
      return { kind: 'answered', answer: await ask(listsOver(past.readStore, livenessOf)) };
    } finally {
      past.release();
    }
  },
});
export type AsOf = ReturnType<typeof createAsOf>;
