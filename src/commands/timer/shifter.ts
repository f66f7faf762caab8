import { cannotBeRead } from '../../domain/damage.ts';
import type { Actor } from '../../domain/event.ts';
import { idOf } from '../../domain/stream-name.ts';
import { timerShiftAggregate, timerShiftStream } from '../../domain/timershift/aggregate.ts';
import { MOST_RESULTS } from '../../domain/timershift/events.ts';
import type { ShiftResult } from '../../domain/timershift/events.ts';
import { pause } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { shiftOne, ShiftStuck } from './shift-one.ts';
import type { UnderWay } from './shift-one.ts';
import type { TimerDeps } from './timer-deps.ts';

export type ShifterDeps = TimerDeps & {
  readonly store: Pick<EventStore, 'subscribe'>;
  /** A shift that is damaged, or that a later version has asked for: it is left alone until this is begun anew. */
  readonly onUnreadable: (shiftId: string, error: unknown) => void;
};

const shifter: Actor = { kind: 'system', id: 'timer-shift', source: 'reactor' };
/** Slices a second: the pace holds within a quarter of it. */
const SLICES = 4;

/**
 * Carries out every shift that was asked for, one after the other, each at its own pace. What was cut off is gone on
 * with where its results end; a run it had moved already is not moved again. Until the signal aborts.
 * @throws ShiftStuck, and what keys and log throw: begun anew, it goes on
 */
export const runTimerShifts = async (deps: ShifterDeps, signal: AbortSignal): Promise<void> => {
  const open = new Set<string>();
  const categories = [timerShiftAggregate.category];
  for await (const { events, caughtUp } of deps.store.subscribe({ after: START, categories, signal })) {
    for (const event of events) note(open, event);
    if (!caughtUp) continue;
    for (const shiftId of open) {
      await unlessUnreadable(deps, shiftId, () => carryOut(deps, shiftId, signal));
      if (signal.aborted) return;
      open.delete(shiftId);
    }
  }
};

const note = (open: Set<string>, { stream, type }: StoredEvent): void => {
  const shiftId = idOf(stream);
  if (type === 'TimerShiftRequested') open.add(shiftId);
  if (type === 'TimerShiftFinished') open.delete(shiftId);
};

const unlessUnreadable = async (
  { onUnreadable }: ShifterDeps,
  shiftId: string,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    // It holds up no other shift.
    if (!cannotBeRead(error)) throw error;
    onUnreadable(shiftId, error);
  }
};

const carryOut = async (deps: ShifterDeps, shiftId: string, signal: AbortSignal): Promise<void> => {
  const { state, origin, headEventId } = await deps.timerShifts.reload(timerShiftStream(shiftId));
  if (state.kind === 'absent' || state.isFinished) return;
  const { request, results } = state;
  const shift = { shiftId, request, actor: origin?.actor ?? shifter, causedBy: headEventId ?? shiftId };
  await goThrough(deps, shift, results.length, signal);
};

/** The runs from this place on, a slice at a time. */
const goThrough = async (
  deps: ShifterDeps,
  shift: UnderWay,
  from: number,
  signal: AbortSignal,
): Promise<void> => {
  const { flowIds, perSecond } = shift.request;
  const atOnce = Math.min(MOST_RESULTS, Math.max(1, Math.floor(perSecond / SLICES)));
  for (let done = from; done < flowIds.length && !signal.aborted; done += atOnce) {
    const some = flowIds.slice(done, done + atOnce);
    const results = await Promise.all(some.map((flowId) => shiftOne(deps, shift, flowId)));
    await record(deps, shift, done, results);
    await pause(deps.clock, (some.length * 1000) / perSecond, signal);
  }
};

const record = async (
  { timerShifts }: ShifterDeps,
  { shiftId, causedBy }: UnderWay,
  from: number,
  results: readonly ShiftResult[],
): Promise<void> => {
  const outcome = await timerShifts.execute(
    timerShiftStream(shiftId),
    { type: 'RecordShifted', from, results },
    {
      commandId: commandIdOf('timer-shift', shiftId, 'results', String(from)),
      ...{ causationId: causedBy, correlationId: shiftId, actor: shifter },
    },
  );
  if (outcome.kind !== 'accepted') throw new ShiftStuck(outcome);
};
