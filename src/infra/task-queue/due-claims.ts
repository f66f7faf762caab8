import TinyQueue from 'tinyqueue';
import type { Claim, OverdueTask, Task } from './port.ts';

/** A task as the queue sees it; `claim` is undefined while it is on offer. */
export type HeldEntry = { readonly task: Task; claim: Claim | undefined };

export type DueClaims = {
  /** To be called for each new claim and each earlier end of one; a later lease or deadline is noticed by itself. */
  readonly watch: (entry: HeldEntry) => void;
  readonly overdue: (now: number, limit: number) => readonly OverdueTask[];
};

type Watch = { readonly entry: HeldEntry; readonly serial: number; readonly due: number };

/**
 * Claims by the time they end. Leases are mostly extended or settled before they end, so the heap keeps the
 * time it was told first and looks at the claim itself only when that time has come.
 */
export const dueClaims = (): DueClaims => {
  const heap = new TinyQueue<Watch>([], (a, b) => a.due - b.due || a.serial - b.serial);
  const latest = new WeakMap<HeldEntry, number>();
  let lastSerial = 0;

  const dueOf = (watch: Watch): number | undefined => {
    const { claim } = watch.entry;
    return claim && latest.get(watch.entry) === watch.serial ? endOf(claim) : undefined;
  };
  const next = (now: number): Watch | undefined => {
    for (let watch = heap.peek(); watch && watch.due <= now; watch = heap.peek()) {
      heap.pop();
      const due = dueOf(watch);
      if (due === watch.due) return watch;
      if (due !== undefined) heap.push({ ...watch, due });
    }
    return undefined;
  };
  return {
    watch: (entry) => {
      if (!entry.claim) return;
      lastSerial += 1;
      latest.set(entry, lastSerial);
      heap.push({ entry, serial: lastSerial, due: endOf(entry.claim) });
    },
    overdue: (now, limit) => {
      const found: Watch[] = [];
      while (found.length < limit) {
        const watch = next(now);
        if (!watch) break;
        found.push(watch);
      }
      // They stay overdue until somebody settles or replaces them.
      for (const watch of found) heap.push(watch);
      return found.flatMap(({ entry }) => overdueTask(entry));
    },
  };
};

const endOf = (claim: Claim): number => Math.min(claim.leaseUntil, claim.deadline);

/** What passed first counts: a worker that vanished has lost its lease, however late we look. */
const overdueTask = ({ task, claim }: HeldEntry): readonly OverdueTask[] =>
  claim ? [{ task, claim, why: claim.deadline <= claim.leaseUntil ? 'timeout' : 'lease' }] : [];
