import { sagaStream } from '../../domain/saga/aggregate.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaDeps } from '../deps.ts';
import { effectIdOf } from '../deterministic-ids.ts';
import type { TaskHeartbeatInput } from './inputs.ts';

type Attempt = Pick<TaskHeartbeatInput, 'flowId' | 'stepName' | 'action' | 'attempt'>;

/** The task of the attempt that is under way; undefined where another one is, or none. */
export const dispatchedTask = async (
  { sagas }: Pick<SagaDeps, 'sagas'>,
  { flowId, stepName, action: given, attempt }: Attempt,
): Promise<string | undefined> => {
  const { state: run } = await sagas.load(sagaStream(flowId));
  const action = given === 'DO' ? 'do' : 'undo';
  const current = run.kind === 'run' ? actionOf(run, stepName, action) : null;
  if (current?.status !== 'dispatched' || current.attempt !== attempt) return undefined;
  return effectIdOf(flowId, stepName, current.iteration, action);
};
