import { sagaAggregate } from '../../domain/saga/aggregate.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { SagaState } from '../../domain/saga/state.ts';
import type { Position, StoredEvent } from '../../infra/event-store/port.ts';

/** The events of one append: what one command led to. */
export type Append = {
  /** Of its first event. */
  readonly revision: number;
  readonly position: Position;
  /** When the log took it, in milliseconds since the epoch. */
  readonly at: number;
  readonly events: readonly SagaEvent[];
};

/** An append with where the run stood before and after it. */
export type Recorded = Append & { readonly before: SagaState; readonly after: SagaState };

/** A run's stream as its appends. One append has one command id. */
export const appendsOf = (stored: readonly StoredEvent[]): readonly Append[] => {
  const groups: StoredEvent[][] = [];
  for (const event of stored) {
    const open = groups.at(-1);
    if (open?.[0]?.metadata.commandId === event.metadata.commandId) open.push(event);
    else groups.push([event]);
  }
  return groups.flatMap(appendOf);
};

const appendOf = (group: readonly StoredEvent[]): readonly Append[] =>
  group.slice(0, 1).map(({ revision, position, metadata }) => ({
    ...{ revision, position },
    at: Date.parse(metadata.recordedAt),
    events: group.map(sagaAggregate.parse),
  }));

const { decider } = sagaAggregate;

/** Each append with the state of the run before and after it. */
export const withStates = (appends: readonly Append[]): readonly Recorded[] => {
  let state = decider.initial;
  return appends.map((append) => {
    const before = state;
    append.events.forEach((event, index) => {
      state = decider.evolve(state, event, append.revision + index);
    });
    return { ...append, before, after: state };
  });
};
