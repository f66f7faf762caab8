import { describe, expect, it } from 'vitest';
import { orchestrationEvents } from '../../../src/domain/orchestration/events.ts';
import type { OrchestrationEvent } from '../../../src/domain/orchestration/events.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { projectOrchestration } from '../../../src/projections/orchestration/projection.ts';
import { orchestrationView } from '../../../src/projections/orchestration/read-model.ts';
import type { OrchestrationView } from '../../../src/projections/orchestration/read-model.ts';
import { CannotFold } from '../../../src/projections/stored-form.ts';
import { defined, refused, storedStep, workersRegistered } from '../../support/registrations.ts';

const at = (revision: number): string => `2026-01-01T00:00:0${revision}.000Z`;
const untold = { missingSince: null, healedAt: null, servedBefore: [] };

const stored = ({ type, data }: Pick<StoredEvent, 'type' | 'data'>, revision = 0): StoredEvent => ({
  stream: 'orchestration-tenant',
  revision,
  position: String(revision).padStart(40, '0'),
  eventId: '0193c2f0-7a11-5c3e-9d52-5b8f0f6f2a10',
  type,
  data,
  metadata: {
    commandId: '0193c2f0-7a11-7c3e-9d52-5b8f0f6f2a10',
    correlationId: 'c',
    causationId: 'c',
    actor: { kind: 'anonymous', id: 'local', source: 'http' },
    schemaVersion: '1.0',
    recordedAt: at(revision),
  },
  hash: '0'.repeat(64),
});

const fold = (events: readonly OrchestrationEvent[]): OrchestrationView | undefined =>
  events.reduce<OrchestrationView | undefined>(
    (view, event, revision) => projectOrchestration(view, stored(event, revision)),
    undefined,
  );

const histories: readonly [string, readonly OrchestrationEvent[], Partial<OrchestrationView>][] = [
  [
    'a definition',
    [defined(['a'])],
    {
      status: 'PENDING',
      failureReason: null,
      version: 1,
      definitionHash: 'h1',
      initiator: 'front',
      type: 'sequential',
      onUndoFailure: 'stop',
      steps: [{ ...storedStep('a', 1), ...untold, workers: [], status: 'PENDING', missingSince: at(0) }],
      missingWorkers: ['a'],
    },
  ],
  [
    'all its workers',
    [defined(['a']), workersRegistered('w2', ['a']), workersRegistered('w1', ['a', 'x'], ['x'])],
    {
      status: 'SUCCESS',
      steps: [
        { ...storedStep('a', 1), ...untold, workers: ['w1', 'w2'], status: 'SUCCESS', healedAt: at(1) },
      ],
      missingWorkers: [],
      unknownSteps: [{ name: 'x', workers: ['w1'] }],
    },
  ],
  [
    'workers without an initiator',
    [workersRegistered('w', ['a'], ['a'])],
    {
      status: 'FAILED',
      failureReason: 'Orchestration not found: tenant',
      version: null,
      unknownSteps: [{ name: 'a', workers: ['w'] }],
    },
  ],
  [
    'a refused initiator',
    [workersRegistered('w', ['a'], ['a']), refused('no_steps', 'none')],
    { status: 'FAILED', failureReason: 'none', version: null, initiator: null },
  ],
  ['a refused initiator that nobody waits for', [refused('no_steps', 'none')], { status: 'FAILED' }],
  [
    'a refused initiator that came back',
    [refused('no_steps', 'none'), defined(['a'])],
    { status: 'PENDING', failureReason: null },
  ],
  [
    'a worker after a refused initiator',
    [refused('no_steps', 'none'), workersRegistered('w', ['a'], ['a'])],
    { status: 'FAILED', failureReason: 'none' },
  ],
  [
    'an initiator that heals it',
    [workersRegistered('w', ['a'], ['a']), refused('no_steps', 'none'), defined(['a'])],
    { status: 'SUCCESS', failureReason: null, missingWorkers: [], unknownSteps: [] },
  ],
  [
    'a new version with another step',
    [defined(['a']), workersRegistered('w', ['a']), defined(['b'], { version: 2, hash: 'h2' })],
    {
      status: 'PENDING',
      version: 2,
      definitionHash: 'h2',
      missingWorkers: ['b'],
      unknownSteps: [{ name: 'a', workers: ['w'] }],
    },
  ],
  [
    'a new version that knows what was unknown',
    [defined(['a']), workersRegistered('w', ['a', 'b'], ['b']), defined(['a', 'b'], { version: 2 })],
    { status: 'SUCCESS', missingWorkers: [], unknownSteps: [] },
  ],
  [
    'a worker that serves other steps now',
    [defined(['a', 'b']), workersRegistered('w', ['a']), workersRegistered('w', ['b'])],
    { status: 'PENDING', missingWorkers: ['a'] },
  ],
];

describe('the view of an orchestration', () => {
  it.each(histories)('shows %s', (_, events, expected) => {
    expect(fold(events)).toMatchObject(expected);
  });

  it('says what has been missing since when, who served it, and when it healed', () => {
    const wide = [defined(['a', 'b']), workersRegistered('w', ['a']), workersRegistered('v', ['b'])];
    const lost = [...wide, workersRegistered('w', ['b'])];
    expect(fold(wide.slice(0, 2))).toMatchObject({ missingSince: at(0), healedAt: null, services: ['w'] });
    expect(fold(wide)).toMatchObject({
      missingSince: null,
      healedAt: at(2),
      services: ['v', 'w'],
      steps: [
        { name: 'a', missingSince: null, healedAt: at(1), servedBefore: [] },
        { name: 'b', missingSince: null, healedAt: at(2), servedBefore: [] },
      ],
    });
    expect(fold(lost)).toMatchObject({
      status: 'PENDING',
      missingSince: at(3),
      healedAt: at(2),
      steps: [{ name: 'a', missingSince: at(3), healedAt: at(1), servedBefore: ['w'] }, { name: 'b' }],
    });
    expect(fold([...lost, workersRegistered('u', ['b'])])).toMatchObject({
      missingSince: at(3),
      steps: [{ servedBefore: ['w'] }, {}],
    });
  });

  it('has the published form after every history', () => {
    for (const [, events] of histories) expect(orchestrationView.parse(fold(events))).toEqual(fold(events));
  });

  it('is tested with every event there is', () => {
    const seen = new Set(histories.flatMap(([, events]) => events.map(({ type }) => type)));
    expect([...seen].sort()).toEqual(Object.keys(orchestrationEvents).sort());
  });

  it('says when it was created and changed, and how far it is', () => {
    expect(fold([defined(['a']), workersRegistered('w', ['a'])])).toMatchObject({
      orchName: 'tenant',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:01.000Z',
      revision: 1,
      position: '1'.padStart(40, '0'),
    });
  });

  it('stays as it is when an event comes again', () => {
    for (const [, events] of histories) {
      const view = fold(events);
      const again = events.reduce(
        (held, event, revision) => projectOrchestration(held, stored(event, revision)),
        view,
      );
      expect(again).toEqual(view);
    }
  });

  it.each([
    ['an unknown type', stored({ type: 'Renamed', data: {} })],
    ['a foreign form', stored({ type: 'DefinitionRefused', data: { code: 1 } })],
    [
      'a newer major version',
      (() => {
        const event = stored(refused('no_steps', 'none'));
        return { ...event, metadata: { ...event.metadata, schemaVersion: '2.0' } };
      })(),
    ],
  ])('is not guessed from an event of %s', (_, event) => {
    expect(() => projectOrchestration(undefined, event)).toThrow(CannotFold);
  });
});
