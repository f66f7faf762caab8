import { accept } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { WorkerEvent } from './events.ts';
import { judge } from './judge.ts';
import type { Observation } from './judge.ts';
import type { WorkerState } from './state.ts';

export type JudgeWorker = {
  readonly type: 'JudgeWorker';
  readonly service: string;
  readonly observation: Observation;
};

/** Records a change of how a service stands; nothing where it stands as it did. */
export const decide = (
  { service, observation }: JudgeWorker,
  state: WorkerState,
): Decision<WorkerEvent, never> => {
  const change = judge(service, state, observation);
  return change === undefined ? accept() : accept(change);
};
