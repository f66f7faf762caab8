import type { Clock } from '../../clock/port.ts';
import { pause, retryPauseMs } from '../../clock/port.ts';
import type { ConsumerOptions, InRecord } from '../port.ts';
import type { Claimed } from './protocol.ts';

export type LaneDeps = Pick<ConsumerOptions, 'handle' | 'onTrouble'> & {
  readonly clock: Clock;
  /** Whether records may be handled now; handling waits for it. */
  readonly ready: Promise<boolean>;
  /** False when the partition belongs to somebody else now. */
  readonly commit: (to: Claimed) => Promise<boolean>;
  /** Everything it got is done: it could take more. */
  readonly onIdle: () => void;
};

/** One partition: its records one after the other, each committed before the next. */
export type Lane = {
  /** Where to read on; undefined while it has records, or when it takes no more. */
  readonly want: () => Claimed | undefined;
  readonly isBusy: () => boolean;
  /** It takes no more and nothing is under way. */
  readonly hasEnded: () => boolean;
  readonly push: (records: readonly InRecord[]) => void;
  /** Takes no further record; resolves when the one under way is done. */
  readonly finish: () => Promise<void>;
  /** The partition is lost: whatever is under way is told so. */
  readonly drop: () => void;
};

type Ends = { readonly ending: AbortController; readonly lost: AbortController };

export const laneAt = (from: Claimed, deps: LaneDeps): Lane => {
  const ends = { ending: new AbortController(), lost: new AbortController() };
  const { signal } = ends.ending;
  let position = from.position;
  let running: Promise<void> | undefined;
  const takeAll = async (records: readonly InRecord[]): Promise<void> => {
    if (!(await deps.ready)) return;
    for (const record of records) {
      if (!(await take(record, from, deps, ends))) return;
      position = Number(record.offset) + 1;
    }
  };
  return {
    want: () => (running || signal.aborted ? undefined : { ...from, position }),
    isBusy: () => running !== undefined,
    hasEnded: () => signal.aborted && running === undefined,
    push: (records) => {
      running = takeAll(records).finally(() => {
        running = undefined;
        deps.onIdle();
      });
    },
    finish: async () => {
      ends.ending.abort();
      await running;
    },
    drop: () => {
      drop(ends);
    },
  };
};

const drop = ({ ending, lost }: Ends): void => {
  ending.abort();
  lost.abort();
};

/** Tries until it is handled and committed; false when the lane ended before. */
const take = async (record: InRecord, from: Claimed, deps: LaneDeps, ends: Ends): Promise<boolean> => {
  const { signal } = ends.ending;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await deps.handle(record, ends.lost.signal);
      const isCommitted = await deps.commit({ ...from, position: Number(record.offset) + 1 });
      if (!isCommitted) drop(ends);
      return isCommitted;
    } catch (error) {
      deps.onTrouble(error);
    }
    await pause(deps.clock, retryPauseMs(failures), signal);
  }
  return false;
};
