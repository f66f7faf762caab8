import { accept, reject } from '../decider.ts';
import type { Decider, Decision } from '../decider.ts';
import type { SagaCommand, SagaRejection, StartSaga } from './commands.ts';
import type { SagaEvent } from './events.ts';
import { evolve } from './evolve.ts';
import type { Facts } from './facts.ts';
import { nextEvents, refOf } from './next-action.ts';
import { answer, lapse, takeBack, timeOut } from './outcomes.ts';
import { cancel, completeStep, pause, resume, retryStep, skipStep, undo } from './steering.ts';
import { cancelTimer, fireTimer, rescheduleTimer, shiftTimers } from './timers.ts';
import { initialSaga } from './state.ts';
import type { SagaRun, SagaState } from './state.ts';

type SagaDecision = Decision<SagaEvent, SagaRejection, SagaState>;
type Running = Exclude<SagaCommand, { type: 'StartSaga' }>;

/**
 * Decides a command and at once all that follows from it, so that an answer and the dispatch it leads to are
 * one append. Total and pure; a refused command leaves no event.
 */
const decide = (command: SagaCommand, state: SagaState): SagaDecision => {
  if (command.type === 'StartSaga') return start(command, command.facts, state);
  if (state.kind === 'absent') return reject('unknown_run', 'there is no such run');
  if (!isPinned(state, command.facts))
    return reject('definition_mismatch', 'the facts do not hold the definition the run is pinned to');
  const decision = decideRun(command, state);
  return decision.kind === 'rejected' ? decision : settled(state, decision.events, command.facts);
};

const start = (command: StartSaga, facts: Facts, state: SagaState): SagaDecision => {
  if (state.kind === 'run') return reject('run_exists', 'a run with this id has already started');
  const { orchName, keyId, input } = command;
  const { definition } = facts;
  const ref = definition === null ? null : refOf(definition);
  const started = { type: 'SagaStarted', data: { orchName, definition: ref, keyId, input } } as const;
  return settled(state, [started], facts);
};

const isPinned = (run: SagaRun, { definition }: Facts): boolean =>
  run.definition === null || run.definition.version === definition?.version;

const decideRun = (command: Running, run: SagaRun): SagaDecision => {
  switch (command.type) {
    case 'AdvanceSaga':
      return accept();
    case 'AnswerStep':
      return answer(command, run);
    case 'TimeOutStep':
      return timeOut(command, run);
    case 'LapseStep':
      return lapse(command, run);
    case 'TakeBackStep':
      return takeBack(command, run);
    case 'UndoSaga':
      return undo(command, run);
    case 'CancelSaga':
      return cancel(command, run);
    case 'PauseSaga':
      return pause(command, run);
    case 'ResumeSaga':
      return resume(command, run);
    case 'RetryStep':
      return retryStep(command, run);
    case 'SkipStep':
      return skipStep(command, run);
    case 'CompleteStep':
      return completeStep(command, run);
    case 'RescheduleTimer':
      return rescheduleTimer(command, run);
    case 'FireTimer':
      return fireTimer(command, run);
    case 'CancelTimer':
      return cancelTimer(command, run);
    case 'ShiftTimers':
      return shiftTimers(command, run);
  }
};

/** The given events and all that follows from them, until the run waits for something or has ended. */
const settled = (state: SagaState, given: readonly SagaEvent[], facts: Facts): SagaDecision => {
  const events: SagaEvent[] = [];
  const first = state.kind === 'run' ? state.revision + 1 : 0;
  let current = state;
  let next = given;
  do {
    for (const event of next) {
      current = evolve(current, event, first + events.length);
      events.push(event);
    }
    next = current.kind === 'run' ? nextEvents(current, facts) : [];
  } while (next.length > 0);
  return { kind: 'accepted', events, state: current };
};

export const sagaDecider: Decider<SagaCommand, SagaState, SagaEvent, SagaRejection> = {
  initial: initialSaga,
  decide,
  evolve,
};
