import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { parseTimerShiftEvent, timerShiftSchemaVersion } from './events.ts';
import { evolve, initialTimerShift } from './state.ts';

/** Stream `timershift-<uuid>`: what was asked for at once, and what became of each run. */
export const timerShiftAggregate = aggregateOf({
  category: 'timershift',
  decider: { initial: initialTimerShift, decide, evolve },
  schemaVersion: timerShiftSchemaVersion,
  parse: parseTimerShiftEvent,
});
export type TimerShiftAggregate = typeof timerShiftAggregate;

export const timerShiftStream = (shiftId: string): string => `timershift-${shiftId}`;
