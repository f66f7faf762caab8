import { passingMap } from '../../domain/passing-map.ts';
import type { PassingMap } from '../../domain/passing-map.ts';
import type { Claim, OverdueTask, Task } from './port.ts';

/** A task as the queue sees it; `claim` is undefined while it is on offer. */
export type HeldEntry = {
  readonly task: Task;
  claim: Claim | undefined;
  /** The second in which its claim ends, and its place among those that end at the same time. */
  due: { readonly second: number; readonly serial: number } | undefined;
};

export type DueClaims = {
  /** To be called for each new claim, and each that ends earlier than before. */
  readonly watch: (entry: HeldEntry) => void;
  /** To be called where a claim ends later than before: it keeps its place among its equals. */
  readonly extended: (entry: HeldEntry) => void;
  /** Its claim has ended. */
  readonly forget: (entry: HeldEntry) => void;
  /** Earliest first. */
  readonly overdue: (now: number, limit: number) => readonly OverdueTask[];
};

type Seconds = Map<number, PassingMap<HeldEntry, true>>;

/**
 * Claims by the second in which they end. Most are settled long before that, and nothing of them is kept: one heap of
 * all would hold each for its whole lease.
 */
export const dueClaims = (): DueClaims => {
  const seconds: Seconds = new Map();
  let lastSerial = 0;
  const watch = (entry: HeldEntry): void => {
    lastSerial += 1;
    put(seconds, entry, lastSerial);
  };
  return {
    watch,
    extended: (entry) => {
      if (entry.due === undefined) watch(entry);
      else put(seconds, entry, entry.due.serial);
    },
    forget: (entry) => {
      remove(seconds, entry);
    },
    overdue: (now, limit) => {
      const passed = [...seconds.keys()].filter((second) => second <= secondOf(now));
      let found: readonly OverdueTask[] = [];
      for (const second of passed.sort((a, b) => a - b)) {
        if (found.length >= limit) break;
        found = [...found, ...endedIn(seconds.get(second)?.keys() ?? [], now)];
      }
      return found.slice(0, limit);
    },
  };
};

const put = (seconds: Seconds, entry: HeldEntry, serial: number): void => {
  remove(seconds, entry);
  if (entry.claim === undefined) return;
  const second = secondOf(endOf(entry.claim));
  entry.due = { second, serial };
  const ofSecond = seconds.get(second) ?? passingMap();
  ofSecond.set(entry, true);
  seconds.set(second, ofSecond);
};

const remove = (seconds: Seconds, entry: HeldEntry): void => {
  if (entry.due === undefined) return;
  const { second } = entry.due;
  const others = seconds.get(second);
  others?.delete(entry);
  if (others?.size() === 0) seconds.delete(second);
  entry.due = undefined;
};

const secondOf = (ms: number): number => Math.floor(ms / 1000);
type Ends = Pick<Claim, 'leaseUntil' | 'deadline'>;

export const endOf = (claim: Ends): number => Math.min(claim.leaseUntil, claim.deadline);

const endedIn = (entries: Iterable<HeldEntry>, now: number): readonly OverdueTask[] =>
  [...entries]
    .flatMap(({ task, claim, due }) =>
      claim === undefined || endOf(claim) > now ? [] : [{ task, claim, serial: due?.serial ?? 0 }],
    )
    .sort((a, b) => endOf(a.claim) - endOf(b.claim) || a.serial - b.serial)
    .map(({ task, claim }) => ({ task, claim, why: whyOf(claim) }));

/** What passed first counts: a worker that vanished has lost its lease, however late we look. */
export const whyOf = (claim: Ends): OverdueTask['why'] =>
  claim.deadline <= claim.leaseUntil ? 'timeout' : 'lease';
