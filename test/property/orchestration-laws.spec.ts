import fc from 'fast-check';
import { attemptAggregate } from '../../src/domain/orchestration/attempt.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import type { OrchestrationCommand } from '../../src/domain/orchestration/decide.ts';
import type { DefinitionCandidate } from '../../src/domain/orchestration/definition-rules.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import { stepCandidate } from '../support/registrations.ts';

// Few names, so that commands meet one another.
const name = fc.constantFrom('a', 'b', 'c');
const service = fc.constantFrom('front', 'w1', 'w2');
const objectType = fc.option(fc.constantFrom('Tenant', 'User'));

const step = fc
  .record({
    name,
    objectType: fc.option(fc.constantFrom('Tenant', 'User'), { freq: 20 }),
    seq: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 8 }),
    dependsOn: fc.option(fc.array(name, { maxLength: 2 }), { freq: 1 }),
    undo: fc.boolean(),
  })
  .map(({ name, ...given }) => stepCandidate(name, given));

const candidate: fc.Arbitrary<DefinitionCandidate> = fc.record({
  type: fc.constantFrom('sequential' as const, 'simultaneous' as const, 'graph' as const),
  onUndoFailure: fc.constantFrom('stop' as const, 'continue' as const),
  steps: fc.uniqueArray(step, { maxLength: 3, selector: ({ name }) => name }),
});

const command: fc.Arbitrary<OrchestrationCommand> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ initiator: service, candidate }).map((given) => ({
      type: 'RegisterDefinition' as const,
      ...given,
      hash: JSON.stringify(given.candidate),
    })),
  },
  fc.record({
    type: fc.constant('NoteRefusal' as const),
    byInitiator: fc.boolean(),
    service,
    code: fc.constantFrom('no_steps', 'duplicate_step'),
    detail: fc.constantFrom('one', 'two'),
  }),
  fc.record({
    type: fc.constant('RegisterWorkers' as const),
    service,
    transport: fc.constantFrom('http' as const, 'kafka' as const),
    steps: fc.array(fc.record({ name, objectType }), { maxLength: 4 }),
  }),
);

deciderLaws('orchestration', orchestrationAggregate, { scripts: fc.array(command, { maxLength: 12 }) });

const attempt = fc.record({
  orchName: name,
  role: fc.string({ maxLength: 80 }),
  service,
  outcome: fc.constantFrom('refused' as const, 'unchanged' as const),
  code: fc.option(fc.constant('no_steps')),
  detail: fc.option(fc.string()),
  pointer: fc.option(fc.constant('/steps')),
  registered: fc.array(name),
  failed: fc.array(fc.record({ name, code: fc.constant('unknown_step') })),
});

deciderLaws('attempt', attemptAggregate, {
  scripts: fc.array(
    attempt.map((given) => ({ type: 'RecordAttempt' as const, attempt: given })),
    { minLength: 1, maxLength: 3 },
  ),
});
