import type { SagaDeps } from '../deps.ts';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaState } from '../../domain/saga/state.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import type { Task } from '../../infra/task-queue/port.ts';

/** What the log says about a task beside the task itself. */
export type TaskBackground = {
  readonly initiator: string;
  /** Of the services that work on the step over Kafka, the one this attempt is meant for. */
  readonly worker: string;
  readonly correlationId: string;
  /** Of an undo: when the step had succeeded, where it is known to have. */
  readonly originalCompletedAt: string | null;
};

type Deps = Pick<SagaDeps, 'sagas' | 'orchestrations'> & { readonly store: Pick<EventStore, 'readStream'> };

/** Reads it where the run and its orchestration stand now. */
export const backgroundOf = async (deps: Deps, task: Task): Promise<TaskBackground> => {
  const { state: run, origin } = await deps.sagas.load(sagaStream(task.flowId));
  return {
    initiator: initiatorOf(run),
    worker: await workerOf(deps, task),
    correlationId: origin?.correlationId ?? task.flowId,
    originalCompletedAt: await completedAt(deps, run, task),
  };
};

const initiatorOf = (run: SagaState): string => (run.kind === 'run' ? (run.definition?.initiator ?? '') : '');

const completedAt = async (
  deps: Deps,
  run: SagaState,
  { action, step, flowId }: Task,
): Promise<string | null> => {
  const result = action === 'do' || run.kind === 'absent' ? null : actionOf(run, step, 'do')?.result;
  return result == null ? null : timeOf(deps, flowId, result.revision);
};

/** Of the services that work on the step over Kafka, another one with each attempt. */
const workerOf = async ({ orchestrations }: Deps, { orchName, step, attempt }: Task): Promise<string> => {
  const { state } = await orchestrations.load(orchestrationStream(orchName));
  const services = [...state.workers].flatMap(([service, steps]) =>
    steps.some(({ name, transport }) => name === step && transport === 'kafka') ? [service] : [],
  );
  return services[(attempt - 1) % Math.max(1, services.length)] ?? '';
};

const timeOf = async ({ store }: Deps, flowId: string, revision: number): Promise<string | null> => {
  const { events } = await store.readStream(sagaStream(flowId), {
    from: revision,
    direction: 'forwards',
    max: 1,
  });
  return events[0]?.metadata.recordedAt ?? null;
};
