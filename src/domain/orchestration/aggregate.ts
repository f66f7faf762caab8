import type { Aggregate } from '../aggregate.ts';
import { decide } from './decide.ts';
import type { OrchestrationCommand, OrchestrationRejection } from './decide.ts';
import { orchestrationSchemaVersion, parseOrchestrationEvent } from './events.ts';
import type { OrchestrationEvent } from './events.ts';
import { evolve, initialState } from './state.ts';
import type { OrchestrationState } from './state.ts';

export type OrchestrationAggregate = Aggregate<
  OrchestrationCommand,
  OrchestrationState,
  OrchestrationEvent,
  OrchestrationRejection
>;

/** Stream `orchestration-<name>`: the versions of a definition and who serves its steps. */
export const orchestrationAggregate: OrchestrationAggregate = {
  category: 'orchestration',
  decider: { initial: initialState, decide, evolve },
  schemaVersion: orchestrationSchemaVersion,
  parse: parseOrchestrationEvent,
};

export const orchestrationStream = (orchName: string): string => `orchestration-${orchName}`;
