import type { Aggregate } from '../aggregate.ts';
import { decide } from './decide.ts';
import type { TimerShiftCommand, TimerShiftRejection } from './decide.ts';
import { parseTimerShiftEvent, timerShiftSchemaVersion } from './events.ts';
import type { TimerShiftEvent } from './events.ts';
import { evolve, initialTimerShift } from './state.ts';
import type { TimerShiftState } from './state.ts';

export type TimerShiftAggregate = Aggregate<
  TimerShiftCommand,
  TimerShiftState,
  TimerShiftEvent,
  TimerShiftRejection
>;

/** Stream `timershift-<uuid>`: what was asked for at once, and what became of each run. */
export const timerShiftAggregate: TimerShiftAggregate = {
  category: 'timershift',
  decider: { initial: initialTimerShift, decide, evolve },
  schemaVersion: timerShiftSchemaVersion,
  parse: parseTimerShiftEvent,
};

export const timerShiftStream = (shiftId: string): string => `timershift-${shiftId}`;
