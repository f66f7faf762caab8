import { describe, expect, it } from 'vitest';
import { sagaEvents } from '../../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { projectSaga } from '../../../src/projections/saga/projection.ts';
import type { ActionDocument, SagaDocument } from '../../../src/projections/saga/read-model.ts';
import { CannotFold } from '../../../src/projections/stored-form.ts';
import { ERROR, NOW, RESULT, sequential, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';
import { FLOW, positionOf, recordedAt, stored } from '../../support/saga-stored.ts';

const text = (ms: number) => new Date(ms).toISOString();
const onUndo = { action: 'undo' } as const;
const started = event.started(sequential([step('a')]));

const fold = (...events: readonly SagaEvent[]): SagaDocument => {
  const document = stored(events).reduce<SagaDocument | undefined>(projectSaga, undefined);
  if (document === undefined) throw new Error('no event was given');
  return document;
};
const actionAfter = (action: 'do' | 'undo', ...events: readonly SagaEvent[]) =>
  fold(started, ...events).steps.find(({ name }) => name === 'a')?.[action];
const doAfter = (...events: readonly SagaEvent[]) => actionAfter('do', ...events);
const undoAfter = (...events: readonly SagaEvent[]) =>
  actionAfter('undo', event.dispatched('a'), event.succeeded('a'), event.undoStarted(['a']), ...events);

const fresh: ActionDocument = {
  status: 'WAITING',
  attempt: 0,
  iteration: 0,
  startedAt: null,
  endedAt: null,
  worker: null,
  errorCode: null,
  error: null,
  result: null,
  waiting: null,
  uncertain: false,
};
const withWorker = { reason: 'with-worker', since: text(NOW), until: null, next: 'answer' };

describe('the document of a run', () => {
  it('begins with what the start says', () => {
    expect(fold(event.started(null))).toEqual({
      flowId: FLOW,
      orchName: 'tenant',
      status: 'IN_PROGRESS',
      definitionVersion: null,
      type: null,
      initiator: null,
      waiting: null,
      awaitsDefinition: null,
      pausedSince: null,
      undoFailed: false,
      ended: null,
      steps: [],
      undo: null,
      owner: 'erik',
      correlationId: 'correlation-1',
      startedAt: recordedAt(0),
      endedAt: null,
      revision: 0,
      position: positionOf(0),
    });
  });

  it('waits for its definition until one is pinned', () => {
    const waits = { reason: 'definition-missing', since: text(NOW), until: null, next: 'registration' };
    const awaiting = fold(event.started(null), event.awaitingDefinition);
    expect(awaiting).toMatchObject({ status: 'WAITING', waiting: { ...waits, step: null } });
    const pinned = fold(event.started(null), event.awaitingDefinition, event.definitionPinned(3));
    expect(pinned).toMatchObject({
      ...{ status: 'IN_PROGRESS', waiting: null, definitionVersion: 3 },
      ...{ type: 'sequential', initiator: 'initiator' },
    });
  });

  it('knows when the run was paused, resumed and cancelled', () => {
    const waits = { reason: 'paused', step: null, since: text(NOW), until: null, next: 'operator' };
    expect(fold(started, event.paused())).toMatchObject({ status: 'PAUSED', waiting: waits });
    expect(fold(started, event.paused(), event.resumed())).toMatchObject({
      status: 'IN_PROGRESS',
      pausedSince: null,
    });
    expect(fold(started, event.cancelRequested(false))).toMatchObject({ status: 'IN_PROGRESS', revision: 1 });
    expect(fold(started, event.paused(), event.cancelRequested(false), event.cancelled)).toMatchObject({
      status: 'CANCELLED',
      waiting: null,
      pausedSince: null,
      endedAt: recordedAt(3),
    });
  });

  it('moves a timer that a resumed run armed again', () => {
    const timers = event.resumed([{ step: 'a', action: 'do', until: NOW + 9000 }]);
    const retrying = [event.dispatched('a'), event.failed('a'), event.retryScheduled('a')];
    expect(doAfter(...retrying, event.paused(), timers)).toMatchObject({
      waiting: { reason: 'retry-backoff', until: text(NOW + 9000) },
    });
  });

  it('ends, and begins again with its undo', () => {
    const done = [started, event.dispatched('a'), event.succeeded('a'), event.completed];
    expect(fold(...done)).toMatchObject({ status: 'COMPLETED', endedAt: recordedAt(3), waiting: null });
    const plan = event.undoStarted(['a'], { cause: 'manual', reason: 'wrong' });
    expect(fold(...done, plan)).toMatchObject({
      status: 'UNDOING',
      endedAt: null,
      undo: { cause: 'manual', steps: ['a'], reason: 'wrong' },
    });
    expect(fold(...done, plan, event.undone)).toMatchObject({ status: 'UNDONE', endedAt: recordedAt(5) });
    expect(fold(started, event.dispatched('a'), event.failed('a'), event.sagaFailed('a'))).toMatchObject({
      status: 'FAILED',
      endedAt: recordedAt(3),
    });
  });

  it('says that its undo is stuck until a person has decided', () => {
    const stuck = [started, event.undoStarted(['a']), event.blocked('a'), event.undoFailed('a')];
    expect(fold(...stuck)).toMatchObject({
      status: 'UNDO_FAILED',
      waiting: { reason: 'undo-blocked', step: 'a', since: text(NOW), until: null, next: 'operator' },
    });
    for (const decided of [event.retryRequested('a'), event.skipped('a'), event.markedDone('a')])
      expect(fold(...stuck, decided)).toMatchObject({ status: 'UNDOING', undoFailed: false });
  });

  it('shows the first waiting reason by precedence, not by time', () => {
    const both = [started, event.dispatched('a'), event.workerMissing('b')];
    expect(fold(...both).waiting).toMatchObject({ reason: 'worker-missing', step: 'b' });
    expect(fold(...both).status).toBe('IN_PROGRESS');
    expect(fold(...both, event.paused()).waiting).toMatchObject({ reason: 'paused', step: null });
    expect(fold(started, event.dispatched('b'), event.dispatched('a')).waiting).toMatchObject({ step: 'b' });
  });
});

describe('an action of a step', () => {
  it('waits for a worker until it is healed', () => {
    const waits = { reason: 'worker-missing', since: text(NOW), until: null, next: 'registration' };
    expect(doAfter(event.workerMissing('a'))).toEqual({ ...fresh, waiting: waits });
    expect(doAfter(event.workerMissing('a'), event.healed('a'))).toEqual(fresh);
  });

  it('is with its worker, and succeeds', () => {
    const atWork = { ...fresh, status: 'DISPATCHED', attempt: 1, startedAt: recordedAt(1) };
    expect(doAfter(event.dispatched('a'))).toEqual({ ...atWork, waiting: withWorker });
    expect(doAfter(event.dispatched('a'), event.succeeded('a'))).toEqual({
      ...atWork,
      status: 'SUCCEEDED',
      endedAt: recordedAt(2),
      worker: 'a-service',
      result: RESULT,
    });
  });

  it('fails, backs off, and is tried again with its last error in view', () => {
    const failed = { errorCode: 'oops', error: ERROR, startedAt: recordedAt(1) };
    const failing = [event.dispatched('a'), event.failed('a')];
    expect(doAfter(...failing)).toMatchObject({ ...failed, status: 'FAILED', endedAt: recordedAt(2) });
    const retrying = [...failing, event.retryScheduled('a')];
    expect(doAfter(...retrying)).toMatchObject({
      ...failed,
      status: 'RETRYING',
      attempt: 1,
      endedAt: null,
      waiting: { reason: 'retry-backoff', since: text(NOW), until: text(NOW + 1000), next: 'retry' },
    });
    const again = [...retrying, event.dispatched('a', { attempt: 2 })];
    expect(doAfter(...again)).toMatchObject({ ...failed, status: 'DISPATCHED', attempt: 2, worker: null });
    expect(doAfter(...again, event.succeeded('a', { attempt: 2 }))).toMatchObject({
      errorCode: null,
      error: null,
      status: 'SUCCEEDED',
    });
  });

  it('fails without a worker', () => {
    expect(doAfter(event.noWorker('a'))).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      errorCode: 'no_worker',
    });
  });

  it('is unknown after its run time, failed where nobody claimed it', () => {
    expect(doAfter(event.dispatched('a'), event.timedOut('a'))).toMatchObject({
      status: 'UNKNOWN',
      errorCode: 'timeout',
      uncertain: true,
      worker: 'a-service',
    });
    const unclaimed = event.timedOut('a', { kind: 'schedule', claim: null });
    expect(doAfter(event.dispatched('a'), unclaimed)).toMatchObject({
      status: 'FAILED',
      errorCode: 'schedule_timeout',
      uncertain: false,
      worker: null,
    });
  });

  it('is unknown between a lapse and the next attempt', () => {
    expect(doAfter(event.dispatched('a'), event.lapsed('a'))).toMatchObject({
      status: 'UNKNOWN',
      uncertain: true,
      waiting: null,
    });
  });

  it('waits for a worker again, never begun by anybody, once it was taken back', () => {
    const left = [event.dispatched('a', { until: NOW + 5 }), event.takenBack('a'), event.workerMissing('a')];
    expect(doAfter(...left)).toMatchObject({
      ...{ status: 'WAITING', attempt: 1, worker: null, endedAt: null, uncertain: false },
      waiting: { reason: 'worker-missing', since: text(NOW), until: null, next: 'registration' },
    });
    expect(fold(started, ...left)).toMatchObject({ status: 'WAITING', waiting: { step: 'a' } });
  });

  it('is open no more when the run turns to undoing or ends', () => {
    for (const turn of [event.undoStarted([]), event.cancelled]) {
      expect(doAfter(event.dispatched('a'), turn)).toMatchObject({ status: 'UNKNOWN', waiting: null });
      expect(doAfter(event.workerMissing('a'), turn)).toBeNull();
      const retrying = [event.dispatched('a'), event.failed('a'), event.retryScheduled('a')];
      expect(doAfter(...retrying, turn)).toMatchObject({ status: 'FAILED', waiting: null });
      const unsure = [event.dispatched('a'), event.timedOut('a'), event.retryScheduled('a')];
      expect(doAfter(...unsure, turn)).toMatchObject({ status: 'UNKNOWN', waiting: null });
      expect(doAfter(event.dispatched('a'), event.succeeded('a'), turn)).toMatchObject({
        status: 'SUCCEEDED',
      });
    }
  });

  it('is blocked, and then what a person decides', () => {
    const failing = [event.dispatched('a', onUndo), event.failed('a', onUndo), event.blocked('a')];
    expect(undoAfter(...failing)).toMatchObject({
      status: 'BLOCKED',
      endedAt: null,
      waiting: { reason: 'undo-blocked', since: text(NOW), until: null, next: 'operator' },
    });
    expect(undoAfter(...failing, event.retryRequested('a'))).toMatchObject({
      status: 'WAITING',
      iteration: 1,
      waiting: null,
    });
    expect(undoAfter(...failing, event.skipped('a'))).toMatchObject({
      status: 'SKIPPED',
      endedAt: recordedAt(7),
    });
    expect(undoAfter(...failing, event.markedDone('a'))).toMatchObject({
      status: 'MARKED_DONE',
      waiting: null,
    });
  });
});

describe('a timer', () => {
  const retrying = [event.dispatched('a'), event.failed('a'), event.retryScheduled('a')];
  const onOffer = [event.dispatched('a', { until: NOW + 1000 })];
  const schedule = { kind: 'schedule' } as const;
  const later = { since: text(NOW), until: text(NOW + 3_600_000) };

  it('is due when it was moved to', () => {
    const retry = { reason: 'retry-backoff', next: 'retry', ...later };
    expect(doAfter(...retrying, event.rescheduled('a'))).toMatchObject({
      status: 'RETRYING',
      waiting: retry,
    });
    const offer = { reason: 'with-worker', next: 'answer', ...later };
    const moved = doAfter(...onOffer, event.rescheduled('a', schedule));
    expect(moved).toMatchObject({ status: 'DISPATCHED', waiting: offer });
  });

  it('that somebody fired is over, or due now', () => {
    const fired = doAfter(...retrying, event.fired('a'));
    expect(fired).toMatchObject({ status: 'WAITING', waiting: null, endedAt: null });
    const due = doAfter(...onOffer, event.fired('a', { ...schedule, at: NOW + 5 }));
    expect(due).toMatchObject({ status: 'DISPATCHED', waiting: { since: text(NOW), until: text(NOW + 5) } });
  });

  it('of a retry that was cancelled leaves the step to a person, as what it is', () => {
    const cancelled = { since: text(NOW + 7), until: null, next: 'operator' };
    expect(doAfter(...retrying, event.timerCancelled('a', { since: NOW + 7 }))).toMatchObject({
      ...{ status: 'BLOCKED', endedAt: null, waiting: { reason: 'retry-backoff', ...cancelled } },
    });
    const undone = [event.dispatched('a', onUndo), event.failed('a', onUndo)];
    const stuck = event.timerCancelled('a', { ...onUndo, since: NOW + 7 });
    expect(undoAfter(...undone, event.retryScheduled('a', onUndo), stuck)).toMatchObject({
      ...{ status: 'BLOCKED', waiting: { reason: 'undo-blocked', ...cancelled } },
    });
    expect(fold(started, ...retrying, event.timerCancelled('a')).status).toBe('WAITING');
    const ended = doAfter(...retrying, event.timerCancelled('a'), event.cancelled);
    expect(ended).toMatchObject({ status: 'FAILED', waiting: null });
  });

  it('of a task on offer that was cancelled is gone', () => {
    const cancelled = doAfter(...onOffer, event.timerCancelled('a', schedule));
    expect(cancelled).toMatchObject({ status: 'DISPATCHED', waiting: { since: text(NOW), until: null } });
  });
});

describe('folding', () => {
  const after = [started, event.dispatched('a')];
  const every: readonly SagaEvent[] = [
    ...[event.awaitingDefinition, event.definitionPinned(), event.workerMissing('a'), event.healed('a')],
    ...[
      event.dispatched('a'),
      event.succeeded('a'),
      event.failed('a'),
      event.timedOut('a'),
      event.lapsed('a'),
      event.takenBack('a'),
    ],
    ...[event.retryScheduled('a'), event.blocked('a'), event.retryRequested('a'), event.skipped('a')],
    ...[event.markedDone('a'), event.paused(), event.resumed(), event.cancelRequested(true)],
    ...[event.undoStarted(['a']), event.completed, event.sagaFailed('a'), event.undone],
    ...[event.undoFailed('a'), event.cancelled],
    ...[event.rescheduled('a'), event.fired('a'), event.timerCancelled('a')],
  ];

  it('takes every event of the union, once', () => {
    expect(new Set([started, ...every].map(({ type }) => type))).toEqual(new Set(Object.keys(sagaEvents)));
    for (const next of every) {
      const document = fold(...after, next);
      expect(document).toMatchObject({ revision: 2, position: positionOf(2) });
      for (const again of stored([...after, next])) expect(projectSaga(document, again)).toBe(document);
    }
  });

  const first = fold(started);
  const [, second] = stored(after);
  if (second === undefined) throw new Error('two events were stored');

  it('refuses an event that does not follow', () => {
    expect(() => projectSaga(first, { ...second, revision: 2 })).toThrow(CannotFold);
    expect(() => projectSaga(undefined, second)).toThrow(CannotFold);
    expect(() => projectSaga(undefined, { ...second, revision: 0 })).toThrow('the run has not started');
  });

  it('refuses what this version does not know', () => {
    const newer = { ...second.metadata, schemaVersion: '2.0' };
    expect(() => projectSaga(first, { ...second, type: 'StepDanced' })).toThrow(CannotFold);
    expect(() => projectSaga(first, { ...second, metadata: newer })).toThrow('schema version 2.0');
    expect(() => projectSaga(first, { ...second, data: {} })).toThrow(CannotFold);
  });
});
