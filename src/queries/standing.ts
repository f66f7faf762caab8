import type { Condition, ReadStore } from '../infra/read-store/port.ts';
import { DEAD_LETTERS } from '../projections/dead-letters/read-model.ts';
import { REPLAYS } from '../projections/replays/read-model.ts';
import { waitingReason } from '../projections/saga/read-model.ts';
import { SAGAS } from '../projections/sagas/read-model.ts';
import { countsOf } from './list.ts';

const OPEN_RUNS = ['WAITING', 'IN_PROGRESS', 'PAUSED', 'UNDOING', 'UNDO_FAILED'] as const;
const OPEN_REPLAYS = ['CREATED', 'RUNNING', 'PAUSED'] as const;
const OPEN_LETTERS = ['parked', 'selected', 'redriving'] as const;
const among = (field: string, value: readonly string[]): readonly Condition[] => [{ field, op: 'in', value }];

/**
 * What is not done yet, counted. It costs what there is of that: runs and letters that have come to their end are not
 * looked at.
 */
export const countStanding = (store: ReadStore) => async () => {
  const running = among('status', OPEN_RUNS);
  const [runs, waiting, letters, replays] = await Promise.all([
    countsOf(store, SAGAS, { field: 'status', values: OPEN_RUNS }, running),
    countsOf(store, SAGAS, { field: 'waitingReason', values: waitingReason.options }, running),
    countsOf(store, DEAD_LETTERS, { field: 'state', values: OPEN_LETTERS }, among('state', OPEN_LETTERS)),
    countsOf(store, REPLAYS, { field: 'status', values: OPEN_REPLAYS }, among('status', OPEN_REPLAYS)),
  ]);
  return {
    ...{ runs: runs.counts, waiting: known(waiting.counts) },
    ...{ letters: letters.counts, replays: replays.counts },
  };
};

/** A run that waits for nothing has no reason, and is not counted among those that wait. */
const known = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(waitingReason.options.map((reason) => [reason, counts[reason] ?? 0]));
