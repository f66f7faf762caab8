import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { ShiftResult, TimerShiftEvent } from './events.ts';
import type { ShiftRequest, TimerShiftState } from './state.ts';

export type TimerShiftCommand =
  | { readonly type: 'RequestShift'; readonly request: ShiftRequest }
  /** What became of the runs from this place in the request on. */
  | { readonly type: 'RecordShifted'; readonly from: number; readonly results: readonly ShiftResult[] };

export type TimerShiftRejection = 'unknown_timer_shift';

type Decided = Decision<TimerShiftEvent, TimerShiftRejection>;

/** The same request again changes nothing, and each run has one result; with the last of them the shift has ended. */
export const decide = (command: TimerShiftCommand, state: TimerShiftState): Decided => {
  if (command.type === 'RequestShift') return state.kind === 'absent' ? requested(command.request) : accept();
  if (state.kind === 'absent') return reject('unknown_timer_shift', 'there is no shift with this id');
  const { from, results } = command;
  if (from !== state.results.length || results.length === 0) return accept();
  const isLast = from + results.length >= state.request.flowIds.length;
  return accept<TimerShiftEvent>({ type: 'TimersShifted', data: { results } }, ...(isLast ? [finished] : []));
};

const finished = { type: 'TimerShiftFinished', data: {} } as const;

const requested = (request: ShiftRequest): Decided =>
  accept<TimerShiftEvent>(
    { type: 'TimerShiftRequested', data: request },
    ...(request.flowIds.length === 0 ? [finished] : []),
  );
