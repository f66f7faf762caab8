import { orchestrationAggregate } from '../../domain/orchestration/aggregate.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import { definitionOf, workersOf } from '../../domain/orchestration/state.ts';
import type { WorkerFact } from '../../domain/saga/facts.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Position, StoredEvent } from '../../infra/event-store/port.ts';

export type Registrations = {
  readonly definition: (version: number) => Definition | undefined;
  /** Who served a step as the log stood at a position. */
  readonly served: (step: string, at: Position) => readonly WorkerFact[];
};

/** After everything there is. */
export const LATEST: Position = '9'.repeat(START.length);

/** What an orchestration's stream says of its definitions and of its workers, at any time. */
export const registrationsIn = (stored: readonly StoredEvent[]): Registrations => {
  const { decider, parse } = orchestrationAggregate;
  let state = decider.initial;
  const states = stored.map((event) => {
    state = decider.evolve(state, parse(event), event.revision);
    return { position: event.position, state };
  });
  const stateAt = (at: Position) => states.findLast(({ position }) => position <= at)?.state;
  return {
    definition: (version) => definitionOf(state, version),
    served: (step, at) => workersOf(stateAt(at) ?? decider.initial, step),
  };
};
