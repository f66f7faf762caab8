import type { Scheduler } from './scheduler.ts';
import { SimulatedFault } from './sites.ts';
import type { PortFaults, PortSite } from './sites.ts';

/** One call to a store, at a step of its own. */
export type Call = <Value>(label: string, operate: () => Value | Promise<Value>) => Promise<Value>;

export const reliable =
  (scheduler: Scheduler, owner: string): Call =>
  (label, operate) =>
    scheduler.call(owner, label, operate);

type Sites = { readonly fails: PortSite; readonly replyLost?: PortSite };

/** Calls of one process to a server: each may fail before it did anything, or after. */
export const unreliable =
  (scheduler: Scheduler, owner: string, faults: PortFaults, { fails, replyLost }: Sites): Call =>
  async (label, operate) => {
    const isLost = faults.hits(fails);
    const value = await scheduler.call(owner, label, () => {
      if (isLost) throw new SimulatedFault(`${label} fails`);
      return operate();
    });
    if (replyLost !== undefined && faults.hits(replyLost))
      throw new SimulatedFault(`the answer to "${label}" gets lost`);
    return value;
  };
