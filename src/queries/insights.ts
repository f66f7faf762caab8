import type { Keys } from '../infra/keys/port.ts';
import { preflight } from './orchestration/preflight.ts';
import { explainSaga } from './saga/explain-saga.ts';
import type { ExplainDeps } from './saga/explain-saga.ts';
import { getUndoPlan } from './saga/get-undo-plan.ts';

/** Questions answered afresh from the log, the task queue and what was heard of the workers. */
export const createInsights = (deps: ExplainDeps & { readonly keys: Keys }) => ({
  explainSaga: explainSaga(deps),
  getUndoPlan: getUndoPlan(deps),
  preflight: preflight(deps),
});
