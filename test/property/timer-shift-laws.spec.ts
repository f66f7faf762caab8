import fc from 'fast-check';
import { timerShiftAggregate } from '../../src/domain/timershift/aggregate.ts';
import type { TimerShiftCommand } from '../../src/domain/timershift/decide.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import { flowAt } from '../support/read-models.ts';

const match = { orchName: null, step: 'a', kind: null, from: null, before: 1_700_000_000_000 };

const request: fc.Arbitrary<TimerShiftCommand> = fc.nat(6).map((count) => ({
  type: 'RequestShift',
  request: {
    flowIds: Array.from({ length: count }, (_, number) => flowAt(number)),
    ...{ match, move: { byMs: 1000 }, reason: 'they are closed', perSecond: 200 },
  },
}));

const recorded: fc.Arbitrary<TimerShiftCommand> = fc
  .record({
    from: fc.nat(6),
    outcomes: fc.array(fc.constantFrom('moved', 'unchanged', 'refused'), { maxLength: 3 }),
  })
  .map(({ from, outcomes }) => ({
    type: 'RecordShifted',
    from,
    results: outcomes.map((outcome, index) => ({
      ...{ flowId: flowAt(from + index), outcome, moved: outcome === 'moved' ? 1 : 0 },
      code: outcome === 'refused' ? 'run_ended' : null,
    })),
  }));

deciderLaws('a shift of timers', timerShiftAggregate, {
  scripts: fc
    .tuple(request, fc.array(fc.oneof(recorded, recorded, request), { maxLength: 12 }))
    .map(([first, others]) => [first, ...others]),
});
