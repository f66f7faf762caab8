import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { RetentionCommand, RetentionRejection } from './commands.ts';
import type { RetentionEvent } from './events.ts';
import type { RetentionResult, RetentionRun, RetentionState } from './state.ts';

type Decided = Decision<RetentionEvent, RetentionRejection>;

/** One run after the other; each ends once, whoever does its work and however often that was begun anew. */
export const decide = (command: RetentionCommand, state: RetentionState): Decided => {
  switch (command.type) {
    case 'StartRetentionRun':
      return started(command.run, state);
    case 'FinishRetentionRun':
      return finished(command.result, state);
  }
};

const started = (run: RetentionRun, { current, last }: RetentionState): Decided => {
  if (run.runId === current?.runId || run.runId === last?.runId) return accept();
  if (current !== null) return reject('retention_running', `run ${current.runId} has not come to its end`);
  return accept({ type: 'RetentionRunStarted', data: run });
};

const finished = (result: RetentionResult, { current, last }: RetentionState): Decided => {
  if (result.runId === last?.runId) return accept();
  if (result.runId !== current?.runId) return reject('retention_superseded', 'this run is not under way');
  return accept({ type: 'RetentionRunFinished', data: result });
};
