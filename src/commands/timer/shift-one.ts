import { isUnknownForm } from '../../domain/aggregate.ts';
import { isLogDamaged } from '../../domain/damage.ts';
import type { Actor } from '../../domain/event.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { ShiftResult } from '../../domain/timershift/events.ts';
import type { ShiftRequest } from '../../domain/timershift/state.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Unavailable } from '../result.ts';
import { factsOf } from '../saga/facts.ts';
import { runMetadata } from '../saga/run-metadata.ts';

/** A shift under way: what was asked for, by whom, and the event that says so. */
export type UnderWay = {
  readonly shiftId: string;
  readonly request: ShiftRequest;
  readonly actor: Actor;
  readonly causedBy: string;
};

const TRIES = 8;
/** Somebody else wrote to the run between looking at it and moving its timers. */
const AGAIN = new Set<string>(['precondition_failed', 'definition_mismatch']);

/**
 * Moves what matches of one run. The command is the same one whoever sends it again: a run is moved once by a shift.
 * @throws ShiftStuck where the log does not answer, and what keys and log throw
 */
export const shiftOne = async (deps: SagaDeps, shift: UnderWay, flowId: string): Promise<ShiftResult> => {
  try {
    let result = await tryOnce(deps, shift, flowId);
    for (let tries = 1; tries < TRIES && AGAIN.has(result.code ?? ''); tries += 1)
      result = await tryOnce(deps, shift, flowId);
    return result;
  } catch (error) {
    // A stream that is damaged, or of a form this version does not know, holds up nobody else.
    if (isUnknownForm(error)) return refused(flowId, 'unreadable');
    if (isLogDamaged(error)) return refused(flowId, 'integrity');
    throw error;
  }
};

const tryOnce = async (deps: SagaDeps, shift: UnderWay, flowId: string): Promise<ShiftResult> => {
  const { shiftId, request, actor, causedBy } = shift;
  const stream = sagaStream(flowId);
  const folded = await deps.sagas.load(stream);
  const { state: run } = folded;
  if (run.kind === 'absent') return refused(flowId, 'unknown_run');
  const facts = await factsOf(deps, run.orchName, run.definition);
  const { match, move, reason } = request;
  const { revision } = run;
  const outcome = await deps.sagas.execute(
    stream,
    { type: 'ShiftTimers', revision, match, move, reason, facts },
    runMetadata(folded, { id: commandIdOf('timer-shift', shiftId, flowId), actor, causedBy }),
  );
  if (outcome.kind === 'unavailable') throw new ShiftStuck(outcome);
  if (outcome.kind === 'rejected') return refused(flowId, outcome.code);
  const moved = outcome.events.filter(isMoved).length;
  return { flowId, outcome: moved === 0 ? 'unchanged' : 'moved', moved, code: null };
};

const isMoved = ({ type }: SagaEvent): boolean => type === 'TimerRescheduled';

const refused = (flowId: string, code: string): ShiftResult => ({
  ...{ flowId, outcome: 'refused', moved: 0, code },
});

/** The log did not take it: the duty is begun anew, and goes on where it was. */
export class ShiftStuck extends Error {
  override readonly name = 'ShiftStuck';
  constructor({ code, detail }: Pick<Unavailable, 'detail'> & { readonly code: string }) {
    super(`${code}: ${detail}`);
  }
}
