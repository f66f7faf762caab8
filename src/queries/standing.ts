import type { ReadStore } from '../infra/read-store/port.ts';
import { DEAD_LETTERS, OPEN_LETTERS } from '../projections/dead-letters/read-model.ts';
import { REPLAYS } from '../projections/replays/read-model.ts';
import { OPEN_RUNS, waitingReason } from '../projections/saga/read-model.ts';
import { SAGAS } from '../projections/sagas/read-model.ts';
import { among, countsOf } from './list.ts';

const OPEN_REPLAYS = ['CREATED', 'RUNNING', 'PAUSED'] as const;

/**
 * What is not done yet, counted. It costs what there is of that: runs and letters that have come to their end are not
 * looked at.
 */
export const countStanding = (store: ReadStore) => async () => {
  const open = (name: string, field: string, values: readonly string[]) =>
    countsOf(store, name, { field, values }, [among(field, values)]);
  const reasons = { field: 'waitingReason', values: waitingReason.options };
  const [runs, waiting, letters, replays] = await Promise.all([
    open(SAGAS, 'status', OPEN_RUNS),
    countsOf(store, SAGAS, reasons, [among('status', OPEN_RUNS)]),
    open(DEAD_LETTERS, 'state', OPEN_LETTERS),
    open(REPLAYS, 'status', OPEN_REPLAYS),
  ]);
  return {
    ...{ runs: runs.counts, waiting: known(waiting.counts) },
    ...{ letters: letters.counts, replays: replays.counts },
  };
};

/** A run that waits for nothing has no reason, and is not counted among those that wait. */
const known = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(waitingReason.options.map((reason) => [reason, counts[reason] ?? 0]));
