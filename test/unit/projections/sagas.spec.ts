import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, MAX_EVENT_BYTES } from '../../../src/domain/canonical.ts';
import { jsonInOrder } from '../../../src/domain/in-order.ts';
import { sagaTimeline } from '../../../src/projections/saga-timeline/projection.ts';
import { sagaRow } from '../../../src/projections/sagas/read-model.ts';
import { sagas } from '../../../src/projections/sagas/projection.ts';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { laterSagaEvents, sagaStart } from '../../support/every-event.ts';
import { folded, logOf, timeAt } from '../../support/read-models.ts';
import { NOW } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const text = (ms: number): string => new Date(ms).toISOString();
const fold = (...events: readonly SagaEvent[]) => {
  const log = logOf(...events.map((each) => ['saga-1', each] as const));
  return sagaRow.parse(folded(sagas, log).get('1')?.body);
};

describe('a run in the collection', () => {
  it('can be found by what its definition says', () => {
    expect(fold(sagaStart)).toMatchObject({
      type: 'sequential',
      initiator: 'initiator',
      definitionVersion: 1,
    });
    const pinned = fold(event.started(null), event.awaitingDefinition, event.definitionPinned(2, 'graph'));
    expect(pinned).toMatchObject({ type: 'graph', definitionVersion: 2, waitingReason: null });
  });

  it('can be found by what it waits for, and by the steps that miss a worker', () => {
    const waits = fold(sagaStart, event.workerMissing('a'), event.dispatched('b'));
    expect(waits).toMatchObject({ waitingReason: 'worker-missing', missing: ['a'], status: 'IN_PROGRESS' });
    const undo = { action: 'undo' } as const;
    const undoing = fold(sagaStart, event.undoStarted(['b']), event.workerMissing('b', undo));
    expect(undoing.missing).toEqual(['b']);
    expect(fold(sagaStart, event.workerMissing('a'), event.healed('a')).missing).toEqual([]);
    expect(fold(sagaStart, event.workerMissing('a'), event.paused())).toMatchObject({
      waitingReason: 'paused',
      missing: ['a'],
    });
  });

  it('can be found by its earliest timer, while time runs against it', () => {
    const two = [
      ...[event.retryScheduled('a', { until: NOW + 9000 }), event.dispatched('b', { until: NOW + 5000 })],
    ];
    expect(fold(sagaStart).due).toBeNull();
    expect(fold(sagaStart, ...two).due).toBe(text(NOW + 5000));
    expect(fold(sagaStart, ...two, event.paused()).due).toBeNull();
    const later = event.resumed([{ step: 'b', action: 'do', until: NOW + 20_000 }]);
    expect(fold(sagaStart, ...two, event.paused(), later).due).toBe(text(NOW + 9000));
    expect(fold(sagaStart, ...two, event.cancelled).due).toBeNull();
  });

  it('says where its time went', () => {
    const events = [
      ...[sagaStart, event.workerMissing('a'), event.healed('a'), event.dispatched('a'), event.paused()],
      ...[event.resumed(), event.succeeded('a'), event.completed, event.undoStarted(['a']), event.undone],
    ];
    expect(fold(...events)).toMatchObject({
      waitedMs: { none: 4000, 'worker-missing': 1000, 'with-worker': 2000, paused: 1000, ended: 1000 },
      countedUntil: timeAt(9),
      waitsFor: 'ended',
    });
  });

  it('counts every second of any history once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...laterSagaEvents), { maxLength: 40 }), (later) => {
        const row = fold(sagaStart, ...later);
        const counted = Object.values(row.waitedMs).reduce((sum, ms) => sum + ms, 0);
        expect(counted).toBe(Date.parse(row.countedUntil) - Date.parse(row.startedAt));
        expect(row.countedUntil).toBe(timeAt(later.length));
      }),
    );
  });

  it('is made in the order in which it is written, whatever happened: sorting costs more than folding', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...laterSagaEvents), { maxLength: 40 }), (later) => {
        const log = logOf(...[sagaStart, ...later].map((each) => ['saga-1', each] as const));
        for (const projection of [sagas, sagaTimeline])
          for (const { body } of folded(projection, log).values())
            expect(jsonInOrder(body, 64, MAX_EVENT_BYTES)).toBe(canonical(body));
      }),
    );
  });

  it('stays as it is when an event comes again', () => {
    const log = logOf(['saga-1', sagaStart], ['saga-1', event.dispatched('a')]);
    const body = folded(sagas, log).get('1')?.body ?? null;
    for (const again of log) expect(sagas.fold(body, again, '1')).toBe(body);
  });
});
