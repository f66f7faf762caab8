import { describe, expect, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { topologicalOrder } from '../../../src/domain/saga/graph.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  facts,
  graph,
  NOW,
  sequential,
  simultaneous,
  start,
  step,
  succeed,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);

describe('sequential steps', () => {
  const definition = sequential([step('a'), step('b'), step('c')]);
  const known = facts(definition);
  const started = event.started(definition);

  it('go out one after the other, each with the result of the one before', () => {
    given(started, event.dispatched('a'))
      .when(succeed('a', known))
      .then(event.succeeded('a'), event.dispatched('b', { inputs: [{ step: 'a', revision: 2 }] }));
  });

  it('complete the run with the last answer', () => {
    given(
      started,
      event.dispatched('a'),
      event.succeeded('a'),
      event.dispatched('b'),
      event.succeeded('b'),
      event.dispatched('c'),
    )
      .when(succeed('c', known))
      .then(event.succeeded('c'), event.completed);
  });

  it('write down the whole of a dispatch', () => {
    const slow = sequential([step('a', { scheduleTimeoutMs: 500 })]);
    const byKafka = new Map([['a', [{ service: 'a-service', transport: 'kafka' } as const]]]);
    given()
      .when(start(facts(slow, { workers: byKafka })))
      .then(event.started(slow), {
        type: 'StepDispatched',
        data: {
          step: 'a',
          action: 'do',
          attempt: 1,
          iteration: 0,
          transport: 'kafka',
          inputs: [],
          reason: 'with-worker',
          since: NOW,
          until: NOW + 500,
          next: 'answer',
        },
      });
  });

  it('write down the whole of an answer', () => {
    given(started, event.dispatched('a'))
      .when({ ...succeed('a', known), answer: { kind: 'success', result: null }, claim: null })
      .then(
        { type: 'StepSucceeded', data: { step: 'a', action: 'do', attempt: 1, result: null, claim: null } },
        event.dispatched('b', { inputs: [{ step: 'a', revision: 2 }] }),
      );
  });

  it('wait for the answer, however often they are asked', () => {
    given(started, event.dispatched('a'))
      .when(told({ type: 'AdvanceSaga' }, { ...known, now: NOW + 3_600_000 }))
      .thenNothing();
  });
});

describe('simultaneous steps', () => {
  const definition = simultaneous([step('a'), step('b')]);
  const known = facts(definition);
  const running = [event.started(definition), event.dispatched('a'), event.dispatched('b')];

  it('go out all at once', () => {
    given()
      .when(start(known))
      .then(...running);
  });

  it('complete the run with the last answer, whichever it is', () => {
    given(running).when(succeed('b', known)).then(event.succeeded('b'));
    given(running, event.succeeded('b'))
      .when(succeed('a', known))
      .then(event.succeeded('a'), event.completed);
  });
});

describe('steps of a graph', () => {
  const join = step('join', { dependsOn: ['left', 'right'] });
  const definition = graph([join, step('left'), step('right', { dependsOn: ['root'] }), step('root')]);
  const known = facts(definition);
  const started = event.started(definition);

  it('go out as soon as all they depend on has succeeded', () => {
    given().when(start(known)).then(started, event.dispatched('left'), event.dispatched('root'));
    given(started, event.dispatched('left'), event.dispatched('root'))
      .when(succeed('left', known))
      .then(event.succeeded('left'));
  });

  it('get the results of all they depend on', () => {
    given(
      started,
      event.dispatched('left'),
      event.dispatched('root'),
      event.succeeded('left'),
      event.succeeded('root'),
      event.dispatched('right'),
    )
      .when(succeed('right', known))
      .then(
        event.succeeded('right'),
        event.dispatched('join', {
          inputs: [
            { step: 'left', revision: 3 },
            { step: 'right', revision: 6 },
          ],
        }),
      );
  });

  it('come after what they depend on, ties by seq', () => {
    expect(topologicalOrder(definition.steps.toReversed())).toEqual(['left', 'root', 'right', 'join']);
  });

  it('leave steps of a cycle out of the order instead of hanging', () => {
    const cycle = [step('a'), step('b', { dependsOn: ['c'] }), step('c', { dependsOn: ['b'] })];
    expect(topologicalOrder(cycle)).toEqual(['a']);
  });
});

describe('a step served over both transports', () => {
  const definition = sequential([step('a')]);
  const both = new Map([
    [
      'a',
      [
        { service: 'polls', transport: 'http' } as const,
        { service: 'polls-too', transport: 'http' } as const,
        { service: 'listens', transport: 'kafka' } as const,
      ],
    ],
  ]);

  it.each([
    [0, 'http'],
    [0.49, 'http'],
    [0.5, 'kafka'],
    [0.99, 'kafka'],
  ] as const)('goes out by one of them: at %d by %s', (random, transport) => {
    given()
      .when(start({ ...facts(definition, { workers: both }), random }))
      .then(event.started(definition), event.dispatched('a', { transport }));
  });
});
