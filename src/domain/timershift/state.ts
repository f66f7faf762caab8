import type { ShiftResult, TimerShiftEvent } from './events.ts';

export type ShiftRequest = Extract<TimerShiftEvent, { type: 'TimerShiftRequested' }>['data'];

export type TimerShift = {
  readonly kind: 'shift';
  readonly request: ShiftRequest;
  /** Of the first so many runs, in the order in which they were asked for. */
  readonly results: readonly ShiftResult[];
  readonly isFinished: boolean;
};

export type TimerShiftState = { readonly kind: 'absent' } | TimerShift;
export const initialTimerShift: TimerShiftState = { kind: 'absent' };

export const evolve = (state: TimerShiftState, event: TimerShiftEvent): TimerShiftState => {
  if (event.type === 'TimerShiftRequested')
    return { kind: 'shift', request: event.data, results: [], isFinished: false };
  if (state.kind === 'absent') return state;
  if (event.type === 'TimerShiftFinished') return { ...state, isFinished: true };
  return { ...state, results: [...state.results, ...event.data.results] };
};
