import { orchestrationAggregate } from '../../domain/orchestration/aggregate.ts';
import { orchestrationEvents } from '../../domain/orchestration/events.ts';
import { START } from '../event-store/port.ts';
import type { EventStore, StoredEvent } from '../event-store/port.ts';
import { kafkaRouteOf } from '../task-queue/port.ts';
import type { Topic, Topics } from './topics.ts';

/** The steps that some service works on over Kafka, or once did: late answers are still read. */
export type KafkaSteps = {
  /** Follows the log until the signal aborts. @throws what the log throws. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** Routes of their tasks. */
  readonly routes: () => readonly string[];
  readonly topics: () => readonly Topic[];
  /** Resolves once there are other steps than `known` at the time of the call, or when the signal aborts. */
  readonly changed: (known: number, signal: AbortSignal) => Promise<void>;
};

export const createKafkaSteps = (store: Pick<EventStore, 'subscribe'>, topics: Topics): KafkaSteps => {
  const found = new Map<string, Topic>();
  const waiting = new Set<() => void>();

  const take = (event: StoredEvent): void => {
    if (event.type !== 'WorkersRegistered') return;
    const { data } = orchestrationEvents.WorkersRegistered.safeParse(event.data);
    const orchName = event.stream.slice(orchestrationAggregate.category.length + 1);
    for (const { name, transport } of data?.steps ?? [])
      if (transport === 'kafka') found.set(kafkaRouteOf(orchName, name), topics.work(orchName, name));
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    const categories = [orchestrationAggregate.category];
    for await (const { events } of store.subscribe({ after: START, categories, signal })) {
      const before = found.size;
      events.forEach(take);
      if (found.size > before) for (const wake of [...waiting]) wake();
    }
  };

  const changed = (known: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted || found.size !== known) return resolve();
      waiting.add(done);
      signal.addEventListener('abort', done);
    });

  return { follow, routes: () => [...found.keys()], topics: () => [...found.values()], changed };
};
