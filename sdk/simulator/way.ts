import type { AppendResult } from '../../src/infra/event-store/port.ts';
import type { Append } from './log.ts';
import type { Prng } from './prng.ts';
import type { Scheduler } from './scheduler.ts';
import { SimulatedFault } from './sites.ts';
import type { PortFaults } from './sites.ts';
import type { Delivery, Way } from './store.ts';

type Surroundings = {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: PortFaults;
};

const AMBIGUOUS: AppendResult = { kind: 'ambiguous', cause: 'simulated' };

/** The way of one process (`owner`) to the log, with everything that may go wrong on it. */
export const faultyWay = (around: Surroundings, owner: string): Way => {
  const { scheduler, random, faults } = around;
  return {
    append: appendThrough(around, owner),
    call: async (label, operate) => {
      if (faults.hits('read-fails')) throw new SimulatedFault(`${label} fails`);
      return scheduler.call(owner, label, operate);
    },
    delivery: async () => {
      if (faults.hits('delivery-late')) await scheduler.sleep(owner, random.between(1, 10_000));
      if (faults.hits('log-fails')) throw new SimulatedFault('the log fails');
      const delivery = drawn(around);
      return scheduler.call(owner, 'is given a batch', () => delivery);
    },
    below: random.below,
  };
};

const WHOLE: Delivery = { size: 1000, twist: 'none' };

const drawn = ({ faults, random }: Surroundings): Delivery => {
  const size = faults.hits('delivery-in-pieces') ? random.between(1, 3) : WHOLE.size;
  if (faults.hits('delivery-repeats')) return { size, twist: 'repeats' };
  if (faults.hits('delivery-reorders')) return { size, twist: 'reorders' };
  if (faults.hits('delivery-gap')) return { size, twist: 'gap' };
  return { ...WHOLE, size };
};

const appendThrough = ({ scheduler, random, faults }: Surroundings, owner: string): Way['append'] => {
  const reply = async (result: AppendResult): Promise<AppendResult> => {
    if (faults.hits('append-reply-late')) await scheduler.sleep(owner, random.between(1, 20_000));
    return scheduler.call(owner, `learns that the append is ${result.kind}`, () => result);
  };
  /** A write that nobody waits for any more, but that is on its way: it lands unless its process dies. */
  const landLater = (write: () => AppendResult): void => {
    scheduler.after(owner, 'a late write lands', random.between(1, 20_000), () => {
      write();
    });
  };
  return async ({ stream, events }: Append, write: () => AppendResult): Promise<AppendResult> => {
    if (faults.hits('append-delayed')) await scheduler.sleep(owner, random.between(1, 3000));
    if (faults.hits('append-not-applied'))
      return scheduler.call(owner, `append to ${stream} gets lost`, () => AMBIGUOUS);
    if (faults.hits('append-lands-later')) {
      landLater(write);
      return reply(AMBIGUOUS);
    }
    if (faults.hits('append-lands-twice')) landLater(write);
    const types = events.map(({ type }) => type).join(' ');
    const result = await scheduler.call(owner, `appends ${types} to ${stream}`, write);
    if (result.kind === 'conflict') faults.saw('append-conflict');
    return reply(faults.hits('append-reply-lost') ? AMBIGUOUS : result);
  };
};
