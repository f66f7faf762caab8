import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { orchestrationSchemaVersion, parseOrchestrationEvent } from './events.ts';
import { evolve, initialState } from './state.ts';

/** Stream `orchestration-<name>`: the versions of a definition and who serves its steps. */
export const orchestrationAggregate = aggregateOf({
  category: 'orchestration',
  decider: { initial: initialState, decide, evolve },
  schemaVersion: orchestrationSchemaVersion,
  parse: parseOrchestrationEvent,
});
export type OrchestrationAggregate = typeof orchestrationAggregate;

export const orchestrationStream = (orchName: string): string => `orchestration-${orchName}`;
