import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const status = z.object({
  items: z.array(z.object({ state: z.string(), lag: z.object({ events: z.number() }) })),
});

/** Resolves when the server's read models have folded all of the log: before, they would disturb a measurement. */
export const caughtUp = async (address: string): Promise<void> => {
  for (;;) {
    const { items } = status.parse(await (await fetch(`${address}/api/v1/projections`)).json());
    if (items.every(({ state, lag }) => state === 'live' && lag.events === 0)) return;
    await pause(200);
  }
};
