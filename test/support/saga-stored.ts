import { sagaSchemaVersion } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';

export const FLOW = '0191e1f0-0000-7000-8000-000000000001';
const FIRST = Date.UTC(2026, 0, 1);

/** When the event of this revision was recorded: one second after the one before. */
export const recordedAt = (revision: number): string => new Date(FIRST + revision * 1000).toISOString();

export const positionOf = (revision: number): string => String(revision + 1).padStart(40, '0');

/** Events of the run as the log hands them out, from revision 0. */
export const stored = (events: readonly SagaEvent[]): readonly StoredEvent[] =>
  events.map(({ type, data }, revision) => ({
    stream: `saga-${FLOW}`,
    revision,
    position: positionOf(revision),
    eventId: `0191e1f0-0000-5000-8000-${String(revision).padStart(12, '0')}`,
    type,
    data,
    metadata: {
      commandId: 'command-1',
      correlationId: 'correlation-1',
      causationId: 'command-1',
      actor: { kind: 'user', id: 'erik', source: 'http' },
      schemaVersion: sagaSchemaVersion,
      recordedAt: recordedAt(revision),
      ...(revision === 0 ? { owner: 'erik' } : {}),
    },
    hash: '0'.repeat(64),
  }));
