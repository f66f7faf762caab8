import { movedBy } from '../../domain/saga/timers.ts';
import type { SelectedTimers } from './select-timers.ts';

/** To one time (RFC 3339), or each by so many milliseconds. */
type Move = { readonly to?: string | undefined; readonly byMs?: number | undefined };

/** What a shift would do with the timers that were selected. */
export const previewShift = (
  { flowIds, timers, first, isCut, position }: SelectedTimers,
  { to, byMs = 0 }: Move,
) => ({
  ...{ count: timers, runs: flowIds.length, isCut, position },
  first: first.map((timer) => ({
    ...timer,
    newDueAt: to ?? new Date(movedBy(Date.parse(timer.dueAt), byMs)).toISOString(),
  })),
});
