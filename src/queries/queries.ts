import type { LivenessOf } from '../domain/liveness.ts';
import type { EventStore, Position } from '../infra/event-store/port.ts';
import type { ReadStore } from '../infra/read-store/port.ts';
import { getCheckpoint, listCheckpoints } from './audit/checkpoints.ts';
import { getRedrive } from './dead-letter/get-redrive.ts';
import { listLetterGroups } from './dead-letter/list-letter-groups.ts';
import { countLetters, listLetters } from './dead-letter/list-letters.ts';
import { previewRedrive } from './dead-letter/preview-redrive.ts';
import { selectLetters } from './dead-letter/select-letters.ts';
import { listHealing } from './healing/list-healing.ts';
import { getRetention } from './instance/get-retention.ts';
import { retentionReads } from './instance/retention-reads.ts';
import { countInstances, listInstances } from './instance/list-instances.ts';
import { getOrchestration } from './orchestration/get-orchestration.ts';
import { countOrchestrations, listOrchestrations } from './orchestration/list-orchestrations.ts';
import { listRegistrations } from './registration/list-registrations.ts';
import { countSagas, listSagas } from './saga/list-sagas.ts';
import { listTimeline } from './saga/list-timeline.ts';
import { listEvents } from './stream/list-events.ts';
import { ownerOfStream } from './stream/owner-of-stream.ts';
import { listTimers } from './timer/list-timers.ts';
import { listWorkers } from './worker/list-workers.ts';

export type QueryDeps = {
  readonly readStore: ReadStore;
  readonly log: Pick<EventStore, 'readAll' | 'readStream'>;
  readonly livenessOf: LivenessOf;
  /** True once a read model reflects a position; false when the signal aborts first, at once if it has. */
  readonly reached: (readModel: string, position: Position, signal: AbortSignal) => Promise<boolean>;
};

/** Everything that is asked of the read models, and of the log as a whole. */
export const createQueries = ({ readStore, log, livenessOf, reached }: QueryDeps) => ({
  listOrchestrations: listOrchestrations(readStore),
  getOrchestration: getOrchestration(log),
  countOrchestrations: countOrchestrations(readStore),
  listRegistrations: listRegistrations(readStore),
  listSagas: listSagas(readStore),
  countSagas: countSagas(readStore),
  listTimeline: listTimeline(readStore),
  listWorkers: listWorkers(readStore, livenessOf),
  listHealing: listHealing(readStore),
  listTimers: listTimers(readStore),
  listEvents: listEvents(log),
  listCheckpoints: listCheckpoints(log),
  getCheckpoint: getCheckpoint(log),
  listLetters: listLetters(readStore),
  countLetters: countLetters(readStore),
  listLetterGroups: listLetterGroups(readStore),
  selectLetters: selectLetters(readStore),
  previewRedrive: previewRedrive(readStore),
  getRedrive: getRedrive(readStore),
  listInstances: listInstances(readStore),
  getRetention: getRetention({ log, ...retentionReads({ readStore, reached }) }),
  countInstances: countInstances(readStore),
  ownerOfStream: ownerOfStream(log),
  reached,
  /** Up to where a read model reflects the log. */
  positionOf: async (readModel: string): Promise<Position> => (await readStore.get(readModel, '')).position,
});
export type Queries = ReturnType<typeof createQueries>;
