import { orchestrationAggregate, orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { workersOf } from '../../domain/orchestration/state.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import { eventsIn } from '../stream/events-in.ts';

/** Who serves a step over Kafka: of them nothing is heard between tasks, and nobody can say whether they are there. */
export const servingOverKafka = async (
  store: Pick<EventStore, 'readStream'>,
  orchName: string,
): Promise<(step: string) => ReadonlySet<string>> => {
  const { decider, parse } = orchestrationAggregate;
  const stored = await eventsIn(store, orchestrationStream(orchName));
  const state = stored.reduce(
    (folded, event) => decider.evolve(folded, parse(event), event.revision),
    decider.initial,
  );
  return (step) => {
    const overKafka = workersOf(state, step).filter(({ transport }) => transport === 'kafka');
    return new Set(overKafka.map(({ service }) => service));
  };
};
