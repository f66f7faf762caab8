import { parseAttemptEvent, parseOrchestrationEvent } from '../../domain/orchestration/events.ts';
import type { AttemptEvent, OrchestrationEvent } from '../../domain/orchestration/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projection } from '../projection.ts';
import { foldable } from '../stored-form.ts';
import { REGISTRATIONS, registration } from './read-model.ts';
import type { Registration } from './read-model.ts';

type Event = OrchestrationEvent | AttemptEvent;

const parse = foldable<Event>((stored) =>
  stored.type === 'RegistrationAttempted' ? parseAttemptEvent(stored) : parseOrchestrationEvent(stored),
);

/**
 * The registration audit: every attempt, one document per command. A refused initiator leaves two events, the
 * refusal on the orchestration and the attempt; the command's id brings them together.
 */
export const registrations = projection<Registration>({
  spec: {
    name: REGISTRATIONS,
    fields: { orchName: 'text', service: 'text', outcome: 'text', position: 'text' },
    indexes: [['position'], ['orchName', 'position']],
    history: false,
  },
  version: 1,
  categories: ['orchestration', 'attempt'],
  document: registration,
  keysOf: ({ metadata }) => [metadata.commandId],
  fold: (_before, stored, id) => {
    const { metadata, position } = stored;
    const { actor, correlationId, recordedAt } = metadata;
    const common = { id, by: actor.id, correlationId, at: recordedAt, position };
    return { ...common, ...attempted(parse(stored), stored) };
  },
});

type Attempted = Omit<Registration, 'id' | 'by' | 'correlationId' | 'at' | 'position'>;

const attempted = (event: Event, stored: StoredEvent): Attempted => {
  switch (event.type) {
    case 'DefinitionRegistered': {
      const { initiator: service, definition, version } = event.data;
      const names = definition.steps.map(({ name }) => name);
      return { ...done(idOf(stored.stream), names), role: 'initiator', service, version };
    }
    case 'WorkersRegistered': {
      const { service, steps, unknown, repeated = [] } = event.data;
      const failed = [
        ...unknown.map((name) => ({ name, code: 'unknown_step' })),
        ...repeated.map((name) => ({ name, code: 'step_already_registered' })),
      ];
      const names = steps.map(({ name }) => name).filter((name) => !unknown.includes(name));
      return { ...done(idOf(stored.stream), names), role: 'worker', service, failed };
    }
    case 'DefinitionRefused': {
      const { initiator: service, code, detail } = event.data;
      const refused = { ...done(idOf(stored.stream), []), role: 'initiator', service, code, detail };
      return { ...refused, outcome: 'refused' };
    }
    case 'RegistrationAttempted':
      return { ...event.data, version: null };
  }
};

const done = (orchName: string, registered: string[]) => ({
  ...{ orchName, outcome: 'registered' as const, registered, failed: [], version: null },
  ...{ code: null, detail: null, pointer: null },
});
