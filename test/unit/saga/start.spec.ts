import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  facts,
  INPUT,
  KEY,
  NOBODY,
  NOW,
  pinned,
  sequential,
  servedBy,
  start,
  step,
  succeed,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const definition = sequential([step('a'), step('b')]);
const known = facts(definition);
const unknown = facts(null);

describe('starting a run', () => {
  it('pins the definition and dispatches the first step in one append', () => {
    given()
      .when(start(known))
      .then(
        {
          type: 'SagaStarted',
          data: {
            orchName: 'tenant',
            definition: { version: 1, hash: 'hash-1', type: 'sequential', initiator: 'initiator' },
            keyId: KEY,
            input: INPUT,
          },
        },
        event.dispatched('a'),
      );
  });

  it('waits where no usable definition is known', () => {
    given().when(start(unknown)).then(event.started(null), event.awaitingDefinition);
  });

  it('waits for its worker where nobody serves the first step', () => {
    given()
      .when(start({ ...known, workers: NOBODY }))
      .then(event.started(definition), event.workerMissing('a'));
  });

  it('is refused where the run exists', () => {
    given(event.started(definition), event.dispatched('a')).when(start(known)).thenRejected('run_exists');
  });
});

describe('a run that was never started', () => {
  it('refuses every other command', () => {
    given()
      .when(told({ type: 'AdvanceSaga' }, known))
      .thenRejected('unknown_run');
    given().when(succeed('a', known)).thenRejected('unknown_run');
  });
});

describe('a run without a definition', () => {
  const waits = [event.started(null), event.awaitingDefinition];

  it('pins the definition that arrives and goes on at once', () => {
    given(waits)
      .when(told({ type: 'AdvanceSaga' }, known))
      .then(event.definitionPinned(), event.dispatched('a'));
  });

  it('says only once that it waits', () => {
    given(waits)
      .when(told({ type: 'AdvanceSaga' }, { ...unknown, now: NOW + 60_000 }))
      .thenNothing();
  });

  it('knows no step to answer', () => {
    given(waits).when(succeed('a', unknown)).thenRejected('unknown_step');
  });
});

describe('a pinned run (F-X-05)', () => {
  const running = [event.started(definition), event.dispatched('a')];

  it('is not decided by another version of its definition', () => {
    given(running)
      .when(succeed('a', { ...known, definition: pinned(sequential([step('x')]), 2) }))
      .thenRejected('definition_mismatch');
  });

  it('is not decided without its definition', () => {
    given(running)
      .when(told({ type: 'CancelSaga', undo: true, reason: null }, unknown))
      .thenRejected('definition_mismatch');
  });

  it('stays with a version pinned late', () => {
    const second = { ...known, definition: pinned(definition, 2) };
    given(event.started(null), event.awaitingDefinition)
      .when(told({ type: 'AdvanceSaga' }, second))
      .then(event.definitionPinned(2), event.dispatched('a'));
    given(event.started(null), event.awaitingDefinition, event.definitionPinned(2), event.dispatched('a'))
      .when(succeed('a', known))
      .thenRejected('definition_mismatch');
  });

  it('goes to the worker that serves the step when it comes to it', () => {
    given(running)
      .when(succeed('a', { ...known, workers: servedBy(['b']) }))
      .then(event.succeeded('a'), event.dispatched('b', { inputs: [{ step: 'a', revision: 2 }] }));
  });
});
