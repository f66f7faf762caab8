import { describe, expect, it } from 'vitest';
import { timerShiftAggregate } from '../../../src/domain/timershift/aggregate.ts';
import type { ShiftResult, TimerShiftEvent } from '../../../src/domain/timershift/events.ts';
import { initialTimerShift } from '../../../src/domain/timershift/state.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import { flowAt } from '../../support/read-models.ts';

const given = deciderSpec(timerShiftAggregate.decider);

const requestOf = (count: number) => ({
  flowIds: Array.from({ length: count }, (_, number) => flowAt(number)),
  match: { orchName: null, step: null, kind: null, from: null, before: null },
  ...{ move: { to: 1_700_000_000_000 }, reason: 'they are closed', perSecond: 200 },
});
const requested = (count: number): TimerShiftEvent => ({
  type: 'TimerShiftRequested',
  data: requestOf(count),
});
const finished: TimerShiftEvent = { type: 'TimerShiftFinished', data: {} };
const resultOf = (number: number): ShiftResult => ({
  ...{ flowId: flowAt(number), outcome: 'moved', moved: 1, code: null },
});
const shifted = (...numbers: readonly number[]): TimerShiftEvent => ({
  ...{ type: 'TimersShifted', data: { results: numbers.map(resultOf) } },
});
const record = (from: number, ...numbers: readonly number[]) =>
  ({ type: 'RecordShifted', from, results: numbers.map(resultOf) }) as const;

describe('a shift of timers', () => {
  it('is asked for once', () => {
    given()
      .when({ type: 'RequestShift', request: requestOf(2) })
      .then(requested(2));
    given(requested(2))
      .when({ type: 'RequestShift', request: requestOf(3) })
      .thenNothing();
  });

  it('of no runs is over at once', () => {
    given()
      .when({ type: 'RequestShift', request: requestOf(0) })
      .then(requested(0), finished);
  });

  it('goes on run by run, and ends with the last', () => {
    given(requested(3))
      .when(record(0, 0, 1))
      .then(shifted(0, 1));
    given(requested(3), shifted(0, 1)).when(record(2, 2)).then(shifted(2), finished);
  });

  it('has one result for each run, whoever tells it again', () => {
    given(requested(3), shifted(0, 1))
      .when(record(0, 0, 1))
      .thenNothing();
    given(requested(3), shifted(0, 1))
      .when(record(1, 1, 2))
      .thenNothing();
    given(requested(3)).when(record(0)).thenNothing();
  });

  it('that nobody asked for has no results', () => {
    given().when(record(0, 0)).thenRejected('unknown_timer_shift');
    const { evolve } = timerShiftAggregate.decider;
    expect(evolve(initialTimerShift, shifted(0), 0)).toBe(initialTimerShift);
  });
});
