import type { TaskQueue } from '../../infra/task-queue/port.ts';
import { ENGINE } from '../task/engine-claim.ts';
import type { Presence } from './presence.ts';

/** The queue, with every claim and every extended lease noted as a sign of life of the worker that holds it. */
export const heardQueue = (queue: TaskQueue, presence: Presence): TaskQueue => ({
  ...queue,
  claim: async (request) => {
    const claimed = await queue.claim(request);
    if (claimed.length > 0 && request.by !== ENGINE)
      presence.claimed(request.by, Math.max(...claimed.map(({ claim }) => claim.leaseUntil)));
    return claimed;
  },
  extend: async (held) => {
    const claim = await queue.extend(held);
    if (claim !== undefined && claim.by !== ENGINE) presence.extended(claim.by, claim.leaseUntil);
    return claim;
  },
});
