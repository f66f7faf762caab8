import type { Liveness } from '../../domain/liveness.ts';
import { workerAggregate, workerStream } from '../../domain/worker/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import { eventsIn } from '../stream/events-in.ts';

/**
 * How a service stood by what the log says. Polls and heartbeats are never events: when it was heard of last nobody
 * knows any more, and one that was never missed is `unseen`.
 */
export const pastLiveness =
  (log: Pick<EventStore, 'readStream'>) =>
  async (service: string): Promise<Liveness> => {
    const last = (await eventsIn(log, workerStream(service))).at(-1);
    if (last === undefined) return { state: 'unseen', ...NEVER };
    const { decider, parse } = workerAggregate;
    return { state: decider.evolve(decider.initial, parse(last), last.revision).status, ...NEVER };
  };

const NEVER = { lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null } as const;
