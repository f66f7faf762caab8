import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projectSaga } from '../../projections/saga/projection.ts';
import type { SagaDocument } from '../../projections/saga/read-model.ts';
import { waitedAfter, waitedUntil } from '../../projections/saga/waited.ts';
import type { Waited } from '../../projections/saga/waited.ts';
import type { Explanation } from './explanation.ts';

export type FoldedRun = { readonly document: SagaDocument; readonly waited: Waited };

/** A run and where its time went, from everything that happened in it; undefined where nothing did. */
export const foldRun = (events: readonly StoredEvent[]): FoldedRun | undefined =>
  events.reduce<FoldedRun | undefined>((before, event) => {
    const document = projectSaga(before?.document, event);
    const waited = waitedAfter(before?.waited ?? null, document, event.metadata.recordedAt);
    return { document, waited };
  }, undefined);

/** Where the time went, up to `now` or to the end of the run; the parts add up to the whole. */
export const timeSpent = ({ document, waited }: FoldedRun, now: string): Explanation['time'] => {
  const { startedAt, endedAt } = document;
  const until = endedAt ?? (now > waited.countedUntil ? now : waited.countedUntil);
  const byReason = Object.entries(endedAt === null ? waitedUntil(waited, until) : waited.waitedMs);
  const totalMs = Date.parse(until) - Date.parse(startedAt);
  const spent = byReason
    .map(([reason, ms]) => ({ reason, ms, share: ms / totalMs }))
    .sort((one, other) => other.ms - one.ms);
  return { from: startedAt, until, totalMs, spent };
};
