import type { AppendResult } from '../../src/infra/event-store/port.ts';
import type { Append } from './log.ts';
import type { Prng } from './prng.ts';
import type { Faults } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { Way } from './store.ts';

/** What the simulated surroundings do to a call; never a fault of the engine. */
export class SimulatedFault extends Error {
  override readonly name = 'SimulatedFault';
}

type Surroundings = {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: Faults;
};

const AMBIGUOUS: AppendResult = { kind: 'ambiguous', cause: 'simulated' };

/** The way of one process (`owner`) to the log, with everything that may go wrong on it. */
export const faultyWay = ({ scheduler, random, faults }: Surroundings, owner: string): Way => {
  const reply = (result: AppendResult): Promise<AppendResult> =>
    scheduler.call(owner, `learns that the append is ${result.kind}`, () => result);

  /** A write that nobody waits for any more, but that is on its way: it lands unless its process dies. */
  const landLater = (write: () => AppendResult): void => {
    scheduler.after(owner, 'a late write lands', random.between(1, 20_000), () => {
      write();
    });
  };
  const append = async ({ stream, events }: Append, write: () => AppendResult): Promise<AppendResult> => {
    if (faults.hits('append-delayed')) await scheduler.sleep(owner, random.between(1, 3000));
    const types = events.map(({ type }) => type).join(' ');
    if (faults.hits('append-not-applied'))
      return scheduler.call(owner, `append to ${stream} gets lost`, () => AMBIGUOUS);
    if (faults.hits('append-lands-later')) landLater(write);
    else {
      const result = await scheduler.call(owner, `appends ${types} to ${stream}`, write);
      if (result.kind === 'conflict') faults.saw('append-conflict');
      return reply(faults.hits('append-reply-lost') ? AMBIGUOUS : result);
    }
    return reply(AMBIGUOUS);
  };
  return {
    append,
    call: async (label, operate) => {
      if (faults.hits('read-fails')) throw new SimulatedFault(`${label} fails`);
      return scheduler.call(owner, label, operate);
    },
    delivery: async () => {
      if (faults.hits('delivery-late')) await scheduler.sleep(owner, random.between(1, 10_000));
      const size = faults.hits('delivery-in-pieces') ? random.between(1, 3) : 1000;
      if (faults.hits('log-fails')) throw new SimulatedFault('the log fails');
      return scheduler.call(owner, 'is given a batch', () => size);
    },
  };
};
