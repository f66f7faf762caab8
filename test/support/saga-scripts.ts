import fc from 'fast-check';
import type { Definition, StepDefinition } from '../../src/domain/orchestration/events.ts';
import { graph, sequential, simultaneous, step } from './saga-builders.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

const stepOptions = fc.record({
  undo: fc.constantFrom(true, true, false),
  onMissingWorker: fc.constantFrom('wait', 'wait', 'wait', 'fail'),
  scheduleTimeoutMs: fc.constantFrom(null, 5000),
  retry: fc.record({
    maxRetries: fc.nat(2),
    backoffMs: fc.constantFrom(0, 1000, 40_000),
    factor: fc.constantFrom(1, 3),
    maxBackoffMs: fc.constantFrom(2000, 60_000),
    jitter: fc.constantFrom(0, 0.5),
    nonRetryable: fc.constant<string[]>(['fatal']),
  }),
});

/** Of each pair of steps the later one may depend on the earlier; `seq` runs the other way for half of them. */
const steps = fc
  .integer({ min: 1, max: NAMES.length })
  .chain((count) =>
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
  const connected = plain.map((each, index): StepDefinition => ({
    ...each,
    dependsOn: NAMES.slice(0, index).filter((_, other) => edges[index * plain.length + other]),
  }));
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
const mask = fc.array(fc.constantFrom(true, true, true, false), {
  minLength: NAMES.length,
  maxLength: NAMES.length,
});
const kindOf = <Kind extends string>(...kinds: readonly Kind[]) => ({ kind: fc.constantFrom(...kinds) });

const weighted = <Value>(weight: number, arbitrary: fc.Arbitrary<Value>) => ({ weight, arbitrary });

/** What may happen to a run next. `pick` chooses among what is there when it happens. */
export const moves = fc.oneof(
  weighted(24, fc.record({ ...kindOf('succeed'), pick })),
  weighted(
    10,
    fc.record({
      ...kindOf('fail'),
      pick,
      retryable: fc.constantFrom(true, true, true, false),
      code: fc.constantFrom(null, 'oops', 'oops', 'fatal'),
    }),
  ),
  weighted(10, fc.record({ ...kindOf('repeat', 'lapse', 'time-out', 'unclaimed', 'take-back'), pick })),
  weighted(6, fc.record({ ...kindOf('retry', 'retry', 'skip', 'complete'), pick })),
  weighted(2, fc.record({ ...kindOf('fire', 'cancel-timer'), pick })),
  weighted(
    3,
    fc.record({ ...kindOf('reschedule', 'shift'), pick, ms: fc.constantFrom(-9000, 1, 999, 90_000) }),
  ),
  weighted(12, fc.record({ ...kindOf('wait'), ms: fc.constantFrom(1, 999, 5000, 60_000) })),
  weighted(6, fc.record({ ...kindOf('workers'), mask })),
  weighted(6, fc.record(kindOf('define'))),
  weighted(2, fc.record(kindOf('foreign'))),
  weighted(2, fc.record(kindOf('undo'))),
  weighted(2, fc.record(kindOf('cancel', 'cancel-undo', 'cancel-undo'))),
  weighted(4, fc.record(kindOf('pause', 'pause-timers'))),
  weighted(8, fc.record(kindOf('resume'))),
);
export type Move = typeof moves extends fc.Arbitrary<infer Value> ? Value : never;

/** Everything a run meets: what it is to do, what is known at its start, and what happens then. */
export const scripts = fc.record({
  definition: definitions,
  isDefined: fc.constantFrom(true, true, true, false),
  mask: fc.oneof({ weight: 2, arbitrary: fc.constant(NAMES.map(() => true)) }, mask),
  random: fc.constantFrom(0, 0.5, 0.999),
  moves: fc.array(moves, { maxLength: 40, size: 'max' }),
});
export type Script = typeof scripts extends fc.Arbitrary<infer Value> ? Value : never;
