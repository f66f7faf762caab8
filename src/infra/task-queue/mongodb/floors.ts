import type { Clock } from '../../clock/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import type { TaskRows } from './rows.ts';

export type Floors = {
  /** This attempt was settled: what is left of it is taken away in a minute. */
  readonly note: (taskId: string, attempt: number) => void;
  readonly close: () => void;
};

type Deps = {
  readonly rows: TaskRows;
  readonly run: MongoConnection['run'];
  readonly clock: Clock;
};
type Floor = { readonly taskId: string; readonly attempt: number; readonly until: number };

/** An offer of what is settled can come no later: a process that is further behind finds out from the log. */
export const FLOOR_MS = 60_000;
const SWEEP_MS = 5000;
const AT_ONCE = 1000;
// More than that are left to the index that forgets them.
const MOST_FLOORS = 100_000;

export const floors = ({ rows, run, clock }: Deps): Floors => {
  let noted: Floor[] = [];
  let cancel: (() => void) | undefined;
  let isClosed = false;

  const arm = (): void => {
    if (!isClosed && noted.length > 0) cancel ??= clock.schedule(SWEEP_MS, () => void sweep());
  };
  const sweep = async (): Promise<void> => {
    const now = clock.now();
    const due = noted.slice(0, AT_ONCE).filter(({ until }) => until <= now);
    try {
      if (due.length > 0) await run(() => rows.bulkWrite(due.map(removal), { ordered: false }));
      noted = noted.slice(due.length);
    } catch {
      // They are tried again; the index forgets them in any case.
    }
    cancel = undefined;
    arm();
  };
  return {
    note: (taskId, attempt) => {
      if (noted.length < MOST_FLOORS) noted.push({ taskId, attempt, until: clock.now() + FLOOR_MS });
      arm();
    },
    close: () => {
      isClosed = true;
      cancel?.();
    },
  };
};

const removal = ({ taskId, attempt }: Floor) => ({
  deleteOne: { filter: { _id: taskId, attempt, state: 'settled' as const } },
});
