import { idOf } from '../../domain/stream-name.ts';
import { projection } from '../projection.ts';
import { projectOrchestration } from './projection.ts';
import { ORCHESTRATIONS, orchestrationView } from './read-model.ts';
import type { OrchestrationView } from './read-model.ts';

/** Every orchestration with its self-healing status. */
export const orchestrations = projection<OrchestrationView>({
  spec: {
    name: ORCHESTRATIONS,
    fields: {
      orchName: 'text',
      status: 'text',
      type: 'text',
      initiator: 'text',
      missingWorkers: 'text[]',
      services: 'text[]',
      missingSince: 'text',
      createdAt: 'text',
      updatedAt: 'text',
    },
    indexes: [['orchName'], ['status', 'orchName'], ['updatedAt']],
    history: false,
  },
  version: 1,
  categories: ['orchestration'],
  document: orchestrationView,
  keysOf: (event) => [idOf(event.stream)],
  fold: (view, event) => projectOrchestration(view ?? undefined, event),
});
