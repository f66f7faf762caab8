import fc from 'fast-check';
import type { Definition, StepDefinition } from '../../src/domain/orchestration/events.ts';
import { graph, sequential, simultaneous, step } from './saga-builders.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

const stepOptions = fc.record({
  undo: fc.boolean(),
  onMissingWorker: fc.constantFrom('wait', 'wait', 'fail'),
  scheduleTimeoutMs: fc.constantFrom(null, 5000),
  retry: fc.record({
    maxRetries: fc.nat(2),
    backoffMs: fc.constantFrom(0, 1000, 40_000),
    factor: fc.constantFrom(1, 3),
    maxBackoffMs: fc.constantFrom(2000, 60_000),
    jitter: fc.constantFrom(0, 0.5),
    nonRetryable: fc.constant(['fatal']),
  }),
});

/** Of each pair of steps the later one may depend on the earlier; `seq` runs the other way for half of them. */
const steps = fc.integer({ min: 1, max: NAMES.length }).chain((count) =>
  fc.tuple(
    fc.array(stepOptions, { minLength: count, maxLength: count }),
    fc.array(fc.boolean(), { minLength: count * count, maxLength: count * count }),
    fc.boolean(),
  ),
);

const ofType = (type: Definition['type'], [options, edges, isReversed]: Generated, onUndoFailure: Policy) => {
  const plain = options.map((each, index) => step(NAMES[index] ?? '', each));
  if (type === 'sequential') return sequential(plain, { onUndoFailure });
  if (type === 'simultaneous') return simultaneous(plain, { onUndoFailure });
  const connected = plain.map(
    (each, index): StepDefinition => ({
      ...each,
      dependsOn: NAMES.slice(0, index).filter((_, other) => edges[index * plain.length + other]),
    }),
  );
  return graph(isReversed ? connected.toReversed() : connected, { onUndoFailure });
};

type Policy = Definition['onUndoFailure'];
type Generated = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

/** Valid definitions of up to five steps of every type. */
export const definitions: fc.Arbitrary<Definition> = fc
  .tuple(
    fc.constantFrom('sequential', 'simultaneous', 'graph', 'graph'),
    steps,
    fc.constantFrom('stop', 'continue'),
  )
  .map(([type, generated, policy]) => ofType(type, generated, policy));

const pick = fc.nat(20);
const mask = fc.array(fc.boolean(), { minLength: NAMES.length, maxLength: NAMES.length });
const kindOf = <Kind extends string>(...kinds: readonly Kind[]) => ({ kind: fc.constantFrom(...kinds) });

/** What may happen to a run next. `pick` chooses among what is there when it happens. */
export const moves = fc.oneof(
  { weight: 8, arbitrary: fc.record({ ...kindOf('succeed'), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...kindOf('fail'),
      pick,
      retryable: fc.boolean(),
      code: fc.constantFrom(null, 'oops', 'fatal'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ ...kindOf('repeat', 'lapse', 'time-out', 'unclaimed'), pick }) },
  { weight: 3, arbitrary: fc.record({ ...kindOf('retry', 'skip', 'complete'), pick }) },
  { weight: 3, arbitrary: fc.record({ ...kindOf('wait'), ms: fc.constantFrom(1, 999, 5000, 60_000) }) },
  { weight: 2, arbitrary: fc.record({ ...kindOf('workers'), mask }) },
  { weight: 4, arbitrary: fc.record(kindOf('define', 'foreign', 'undo', 'pause', 'pause-timers', 'resume')) },
  { weight: 1, arbitrary: fc.record(kindOf('cancel', 'cancel-undo')) },
);
export type Move = typeof moves extends fc.Arbitrary<infer Value> ? Value : never;

/** Everything a run meets: what it is to do, what is known at its start, and what happens then. */
export const scripts = fc.record({
  definition: definitions,
  isDefined: fc.constantFrom(true, true, true, false),
  mask: fc.oneof({ weight: 2, arbitrary: fc.constant(NAMES.map(() => true)) }, mask),
  random: fc.constantFrom(0, 0.5, 0.999),
  moves: fc.array(moves, { maxLength: 40 }),
});
export type Script = typeof scripts extends fc.Arbitrary<infer Value> ? Value : never;
