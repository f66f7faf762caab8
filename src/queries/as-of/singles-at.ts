import type { EventStore } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { getInstanceHistory } from '../instance/get-instance-history.ts';
import { getInstance } from '../instance/get-instance.ts';
import { getOrchestration } from '../orchestration/get-orchestration.ts';
import { preflight } from '../orchestration/preflight.ts';
import { explainSaga } from '../saga/explain-saga.ts';
import { getSaga } from '../saga/get-saga.ts';
import { getUndoPlan } from '../saga/get-undo-plan.ts';
import { logUpTo } from './log-up-to.ts';
import type { Moment } from './moments.ts';
import { pastLiveness } from './past-liveness.ts';

type Deps = { readonly log: Pick<EventStore, 'readStream'>; readonly keys: Pick<Keys, 'open'> };

/**
 * Single resources as they were, folded from their streams up to then. What was sealed is opened with the keys there
 * are now: what was erased since stays erased, and what a deleted instance held is not shown while its key still lives.
 * Claims and reported progress were never events: nobody holds a task.
 */
export const singlesAt = ({ log, keys }: Deps, { position, time }: Moment) => {
  const store = logUpTo(log, position);
  const livenessOf = pastLiveness(store);
  const sealed = { store, keys };
  return {
    getOrchestration: getOrchestration(store),
    preflight: preflight({ store, livenessOf }),
    getSaga: getSaga(sealed),
    getUndoPlan: getUndoPlan(sealed),
    explainSaga: explainSaga({
      ...{ store, livenessOf },
      // Of a position the time is the run's own: that of its last event.
      now: () => (time === null ? 0 : Date.parse(time)),
      holderOf: () => Promise.resolve(undefined),
      servicesOf: () => [],
    }),
    getInstance: getInstance({ ...sealed, now: log }),
    getInstanceHistory: getInstanceHistory(sealed),
  };
};
export type Singles = ReturnType<typeof singlesAt>;
