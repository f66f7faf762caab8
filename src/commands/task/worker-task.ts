import { sagaStream } from '../../domain/saga/aggregate.ts';
import { inputContext, resultContext } from '../../domain/saga/seal-context.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaRun } from '../../domain/saga/state.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { ClaimedTask, Task } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import { knownFacts } from '../saga/facts.ts';
import type { Soon } from '../when-there.ts';

/** A task as a worker gets it. `payload` and `results` are base64. */
export type WorkerTask = {
  readonly flowId: string;
  readonly orchName: string;
  readonly stepName: string;
  readonly action: 'DO' | 'UNDO';
  readonly attempt: number;
  readonly effectId: string;
  readonly payload: string;
  readonly results: Readonly<Record<string, string>>;
  /** RFC 3339: the answer must come before this; heartbeats extend the lease, not this. */
  readonly deadline: string;
  readonly leaseUntil: string;
};

type Deps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'keys'>;

/**
 * Puts together what the worker needs: the payload (the run's input; in a sequential run the previous step's
 * answer) and the results of the steps it depends on, an undo its own result. Undefined when the attempt is
 * no longer the current one.
 */
export const workerTask = async (
  deps: Deps,
  { task, claim }: ClaimedTask,
): Promise<WorkerTask | undefined> => {
  const { state: run } = await deps.sagas.load(sagaStream(task.flowId));
  if (run.kind === 'absent' || !isCurrent(run, task)) return undefined;
  const { definition } = await knownFacts(deps, run.orchName, run.definition);
  if (definition === null) return undefined;
  const dispatched = { run, definition: definition.content, task };
  const results = await resultsOf(deps, dispatched);
  return {
    flowId: task.flowId,
    orchName: task.orchName,
    stepName: task.step,
    action: task.action === 'do' ? 'DO' : 'UNDO',
    attempt: task.attempt,
    effectId: task.taskId,
    payload: await payloadOf(deps, dispatched, results),
    results,
    deadline: new Date(claim.deadline).toISOString(),
    leaseUntil: new Date(claim.leaseUntil).toISOString(),
  };
};

const isCurrent = (run: SagaRun, { step, action, attempt }: Task): boolean => {
  const current = actionOf(run, step, action);
  return run.ended === null && current?.status === 'dispatched' && current.attempt === attempt;
};

const dependenciesOf = (definition: Definition, step: string): readonly string[] =>
  definition.steps.find(({ name }) => name === step)?.dependsOn ?? [];

type Dispatched = { readonly run: SagaRun; readonly definition: Definition; readonly task: Task };

const resultsOf = async (deps: Deps, { run, definition, task }: Dispatched) => {
  const names = task.action === 'do' ? dependenciesOf(definition, task.step) : [task.step];
  const results: Record<string, string> = {};
  for (const name of names) {
    const result = actionOf(run, name, 'do')?.result;
    if (result === undefined || result === null) continue;
    results[name] = await openBase64(deps, result.sealed, resultContext(task.flowId, name, 'do'));
  }
  return results;
};

const payloadOf = (
  deps: Deps,
  { run, definition, task }: Dispatched,
  results: Readonly<Record<string, string>>,
): Soon<string> => {
  if (task.action === 'undo') return '';
  const [previous] = dependenciesOf(definition, task.step);
  if (definition.type === 'sequential' && previous !== undefined) return results[previous] ?? '';
  return openBase64(deps, run.input, inputContext(task.flowId));
};

const openBase64 = async ({ keys }: Deps, sealed: Sealed | null, context: string): Promise<string> => {
  if (sealed === null) return '';
  const opened = await keys.open(sealed, context);
  if (opened === 'erased') return '';
  return Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength).toString('base64');
};
