import { hash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { timerShiftStream } from '../../domain/timershift/aggregate.ts';
import { MOST_SHIFTED } from '../../domain/timershift/events.ts';
import type { ShiftResult } from '../../domain/timershift/events.ts';
import type { ShiftRequest, TimerShift } from '../../domain/timershift/state.ts';
import { callIdOf, creatingMetadata } from '../context.ts';
import type { CallContext } from '../context.ts';
import { resultOf } from '../executed.ts';
import type { TimerHandlers } from './handlers.ts';
import type { ShiftTimersInput } from './inputs.ts';
import type { TimerDeps } from './timer-deps.ts';

/** Writes down which timers are to be moved; whoever has the duty moves them. */
export const shiftTimers =
  ({ timerShifts, ids }: Pick<TimerDeps, 'timerShifts' | 'ids'>): TimerHandlers['shiftTimers'] =>
  async (flowIds, input, context) => {
    if (flowIds.length > MOST_SHIFTED)
      return reject('too_large', `more than ${String(MOST_SHIFTED)} runs match: narrow the filter`);
    const shiftId = callIdOf(ids, context, 'timer-shift');
    const outcome = await timerShifts.execute(
      timerShiftStream(shiftId),
      { type: 'RequestShift', request: requestOf(flowIds, input) },
      creatingMetadata(shiftId, context, hashOf(input, context)),
    );
    return resultOf(outcome, ({ state }) => {
      const runs = state.kind === 'shift' ? state.request.flowIds.length : 0;
      return { shiftId, runs };
    });
  };

const requestOf = (
  flowIds: readonly string[],
  { filter, byMs, to, reason, perSecond }: ShiftTimersInput,
): ShiftRequest => ({
  flowIds,
  match: {
    orchName: filter.orchName ?? null,
    step: filter.step ?? null,
    kind: filter.kind ?? null,
    from: msOf(filter.from),
    before: msOf(filter.before),
  },
  move: to === undefined ? { byMs: byMs ?? 0 } : { to: Date.parse(to) },
  reason,
  perSecond,
});

const msOf = (time: string | undefined): number | null => (time === undefined ? null : Date.parse(time));

/** Of what was asked for, not of the runs it was found to be: they may be others a moment later. */
const hashOf = (input: ShiftTimersInput, { idempotencyKey }: CallContext): string | undefined =>
  idempotencyKey === undefined ? undefined : hash('sha256', canonical(requestOf([], input)));

export const getTimerShift =
  ({ timerShifts }: Pick<TimerDeps, 'timerShifts'>): TimerHandlers['getTimerShift'] =>
  async (shiftId) => {
    const { state, origin, head } = await timerShifts.load(timerShiftStream(shiftId));
    if (state.kind === 'absent') return undefined;
    const owner = origin?.owner ?? null;
    return { shiftId, ...standingOf(state), owner, revision: head.revision };
  };

const standingOf = ({ request, results, isFinished }: TimerShift) => ({
  isFinished,
  runs: request.flowIds.length,
  counts: {
    moved: countOf(results, 'moved'),
    unchanged: countOf(results, 'unchanged'),
    refused: countOf(results, 'refused'),
  },
  timersMoved: results.reduce((sum, { moved }) => sum + moved, 0),
  reason: request.reason,
  results,
});

const countOf = (results: readonly ShiftResult[], outcome: ShiftResult['outcome']): number =>
  results.filter((result) => result.outcome === outcome).length;
