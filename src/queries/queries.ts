import type { LivenessOf } from '../domain/liveness.ts';
import type { EventStore, Position } from '../infra/event-store/port.ts';
import type { ReadStore } from '../infra/read-store/port.ts';
import { getCheckpoint, listCheckpoints } from './audit/checkpoints.ts';
import { getRedrive } from './dead-letter/get-redrive.ts';
import { listLetterGroups } from './dead-letter/list-letter-groups.ts';
import { countLetters, listLetters } from './dead-letter/list-letters.ts';
import { previewRedrive } from './dead-letter/preview-redrive.ts';
import { selectLetters } from './dead-letter/select-letters.ts';
import { getRetention } from './instance/get-retention.ts';
import { retentionReads } from './instance/retention-reads.ts';
import { listsOver } from './lists.ts';
import { getOrchestration } from './orchestration/get-orchestration.ts';
import { getReplay } from './replay/get-replay.ts';
import { listReplays } from './replay/list-replays.ts';
import { listEvents } from './stream/list-events.ts';
import { ownerOfStream } from './stream/owner-of-stream.ts';
import { selectTimers } from './timer/select-timers.ts';
import { whatIf } from './what-if/what-if.ts';

export type QueryDeps = {
  readonly readStore: ReadStore;
  readonly log: Pick<EventStore, 'readAll' | 'readStream' | 'lastPosition'>;
  readonly livenessOf: LivenessOf;
  /** True once a read model reflects a position; false when the signal aborts first, at once if it has. */
  readonly reached: (readModel: string, position: Position, signal: AbortSignal) => Promise<boolean>;
};

/** Everything that is asked of the read models, and of the log as a whole. */
export const createQueries = ({ readStore, log, livenessOf, reached }: QueryDeps) => ({
  ...listsOver(readStore, livenessOf),
  selectTimers: selectTimers(readStore),
  getOrchestration: getOrchestration(log),
  listEvents: listEvents(log),
  isBeyondEnd: isBeyondEnd(log),
  listCheckpoints: listCheckpoints(log),
  getCheckpoint: getCheckpoint(log),
  listReplays: listReplays(readStore),
  getReplay: getReplay(log),
  listLetters: listLetters(readStore),
  countLetters: countLetters(readStore),
  listLetterGroups: listLetterGroups(readStore),
  selectLetters: selectLetters(readStore),
  previewRedrive: previewRedrive(readStore),
  getRedrive: getRedrive(readStore),
  getRetention: getRetention({ log, ...retentionReads({ readStore, reached }) }),
  ...whatIf({ log, readStore }),
  ownerOfStream: ownerOfStream(log),
  reached,
  lastPosition: (): Promise<Position> => log.lastPosition(),
  /** Up to where a read model reflects the log. */
  positionOf: async (readModel: string): Promise<Position> => (await readStore.get(readModel, '')).position,
});
export type Queries = ReturnType<typeof createQueries>;

const MOST_UNACKNOWLEDGED = 4096;

/** Whether nothing of the log can be there: it has lost its tail since the position was given. */
const isBeyondEnd =
  (log: Pick<EventStore, 'readAll' | 'lastPosition'>) =>
  async (position: Position): Promise<boolean> => {
    const last = await log.lastPosition();
    if (position <= last) return false;
    // What is not acknowledged yet can be read, and its position be handed out.
    return position > (await log.readAll({ after: last, max: MOST_UNACKNOWLEDGED })).position;
  };
