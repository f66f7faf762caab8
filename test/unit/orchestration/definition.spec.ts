import { describe, expect, it } from 'vitest';
import { toDefinition } from '../../../src/domain/orchestration/definition.ts';
import type { DefinitionCandidate } from '../../../src/domain/orchestration/definition-rules.ts';
import { graph, sequential, simultaneous, stepCandidate, storedStep } from '../../support/registrations.ts';

const stepsOf = (candidate: DefinitionCandidate) => {
  const result = toDefinition(candidate);
  return result.kind === 'definition' ? result.definition.steps : result;
};

describe('a definition', () => {
  it('chains sequential steps in the order of their numbers', () => {
    const { steps } = sequential('create', 'seed', 'notify');
    const [create, seed, notify] = steps;
    const shuffled = [notify, create, seed].flatMap((step) => (step === undefined ? [] : [step]));
    expect(stepsOf({ ...sequential(), steps: shuffled })).toEqual([
      storedStep('create', 1),
      storedStep('seed', 2, ['create']),
      storedStep('notify', 3, ['seed']),
    ]);
  });

  it('leaves simultaneous steps without dependencies and numbers them by position', () => {
    expect(stepsOf(simultaneous(stepCandidate('b'), stepCandidate('a')))).toEqual([
      storedStep('b', 1),
      storedStep('a', 2),
    ]);
  });

  it('orders simultaneous steps by their numbers where they have some', () => {
    const steps = [stepCandidate('b', { seq: 20 }), stepCandidate('a', { seq: 10 })];
    expect(stepsOf(simultaneous(...steps))).toEqual([storedStep('a', 10), storedStep('b', 20)]);
  });

  it('keeps the edges of a graph', () => {
    expect(stepsOf(graph({ join: ['left', 'right'], left: [], right: [] }))).toEqual([
      storedStep('join', 1, ['left', 'right']),
      storedStep('left', 2),
      storedStep('right', 3),
    ]);
  });

  it('takes a graph step without dependsOn as a root', () => {
    expect(stepsOf({ ...graph({}), steps: [stepCandidate('root')] })).toEqual([storedStep('root', 1)]);
  });

  it('keeps type and undo policy', () => {
    expect(toDefinition(graph({ a: [] }))).toMatchObject({
      definition: { type: 'graph', onUndoFailure: 'continue' },
    });
  });
});

const a = stepCandidate('a', { seq: 1 });
const many = (count: number) => sequential(...Array.from({ length: count }, (_, index) => `s${index}`));
const withStep = (given: Parameters<typeof stepCandidate>[1]) => ({
  ...sequential(),
  steps: [a, stepCandidate('b', { seq: 2, ...given })],
});

const refusals: readonly [string, DefinitionCandidate, string, string, string][] = [
  ['without steps', sequential(), 'no_steps', 'A definition needs at least one step', '/steps'],
  ['with 201 steps', many(201), 'too_many_steps', 'A definition has at most 200 steps', '/steps'],
  [
    'with a step twice',
    sequential('a', 'b', 'a'),
    'duplicate_step',
    'Duplicate step name in request: a',
    '/steps/2/name',
  ],
  [
    'with a number twice',
    withStep({ seq: 1 }),
    'duplicate_seq',
    'Duplicate sequence number 1 for step: b',
    '/steps/1/seq',
  ],
  [
    'of sequential steps with one unnumbered',
    withStep({ seq: null }),
    'missing_seq',
    'Missing sequence number for step: b',
    '/steps/1/seq',
  ],
  [
    'of simultaneous steps with only some numbered',
    simultaneous(a, stepCandidate('b')),
    'missing_seq',
    'Missing sequence number for step: b',
    '/steps/1/seq',
  ],
  [
    'without an object type',
    withStep({ objectType: null }),
    'missing_object_type',
    'Missing object type for step: b',
    '/steps/1/objectType',
  ],
  [
    'with dependsOn outside a graph',
    withStep({ dependsOn: [] }),
    'depends_on_not_allowed',
    'dependsOn is only allowed for type graph, step: b',
    '/steps/1/dependsOn',
  ],
  [
    'with a step depending on itself',
    graph({ a: [], b: ['a', 'b'] }),
    'self_dependency',
    'Step depends on itself: b',
    '/steps/1/dependsOn',
  ],
  [
    'with an unknown dependency',
    graph({ a: [], b: ['c'] }),
    'unknown_dependency',
    'Unknown dependency c for step: b',
    '/steps/1/dependsOn',
  ],
  [
    'with a dependency twice',
    graph({ a: [], b: ['a', 'a'] }),
    'duplicate_dependency',
    'Duplicate dependency a for step: b',
    '/steps/1/dependsOn',
  ],
  [
    'with a cycle, naming a step on it and none that hangs on it',
    graph({ before: [], after: ['x'], x: ['z', 'before'], y: ['x'], z: ['y'] }),
    'dependency_cycle',
    'Dependency cycle through step: x',
    '/steps/2/dependsOn',
  ],
  [
    'with a cycle that comes after a chain of steps on none',
    graph({ a: [], b: ['a'], c: ['b'], x: ['y'], y: ['x', 'c'] }),
    'dependency_cycle',
    'Dependency cycle through step: x',
    '/steps/3/dependsOn',
  ],
];

describe('a definition is refused', () => {
  it.each(refusals)('%s', (_, candidate, ...[code, detail, pointer]) => {
    expect(toDefinition(candidate)).toEqual({ kind: 'rejected', code, detail, pointer });
  });

  it('when it takes more than the log stores for it', () => {
    const objectType = 'x'.repeat(200);
    const code = 'c'.repeat(80);
    const retry = { ...a.retry, nonRetryable: Array.from({ length: 20 }, () => code) };
    const steps = many(200).steps.map((step) => ({ ...step, objectType, retry }));
    expect(toDefinition({ ...sequential(), steps })).toMatchObject({ code: 'registration_too_large' });
  });
});

describe('a definition of 200 steps', () => {
  it('is accepted', () => {
    expect(stepsOf(many(200))).toHaveLength(200);
  });
});
