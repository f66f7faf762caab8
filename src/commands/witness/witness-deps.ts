import type { WitnessAggregate } from '../../domain/witness/aggregate.ts';
import type { Clock, Ids } from '../../infra/clock/port.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import type { ExecutorOf } from '../deps.ts';

export type WitnessDeps = {
  readonly store: Pick<EventStore, 'logId' | 'readAll'>;
  readonly witness: ExecutorOf<WitnessAggregate>;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** At most so many events to a checkpoint: it takes memory for as many streams. */
export const EVENTS_PER_CHECKPOINT = 100_000;
