import type { StandingOf } from '../domain/liveness.ts';
import type { ReadStore } from '../infra/read-store/port.ts';
import { listHealing } from './healing/list-healing.ts';
import { countInstances, listInstances } from './instance/list-instances.ts';
import { countOrchestrations, listOrchestrations } from './orchestration/list-orchestrations.ts';
import { listRegistrations } from './registration/list-registrations.ts';
import { countSagas, listSagas } from './saga/list-sagas.ts';
import { listTimeline } from './saga/list-timeline.ts';
import { listTimers } from './timer/list-timers.ts';
import { listWorkers } from './worker/list-workers.ts';

/** Lists that can be asked of read models as they are and as they were. */
export const listsOver = (readStore: ReadStore, livenessOf: StandingOf) => ({
  listOrchestrations: listOrchestrations(readStore),
  countOrchestrations: countOrchestrations(readStore),
  listRegistrations: listRegistrations(readStore),
  listSagas: listSagas(readStore),
  countSagas: countSagas(readStore),
  listTimeline: listTimeline(readStore),
  listWorkers: listWorkers(readStore, livenessOf),
  listHealing: listHealing(readStore),
  listTimers: listTimers(readStore),
  listInstances: listInstances(readStore),
  countInstances: countInstances(readStore),
});
export type Lists = ReturnType<typeof listsOver>;
