import type { Actor } from '../../domain/event.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { RunCommand } from '../../domain/saga/commands.ts';
import { outstanding } from '../../domain/saga/outstanding.ts';
import type { SagaRun } from '../../domain/saga/state.ts';
import type { OverdueTask, Task } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf, effectIdOf } from '../deterministic-ids.ts';
import { factsOf } from '../saga/facts.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import { ENGINE } from '../task/engine-claim.ts';

const reactor: Actor = { kind: 'system', id: 'reactor', source: 'reactor' };

/** `again`: it could not be done now and must be tried again. */
export type Acted = 'done' | 'again' | 'paused' | 'stale';

type Said = Extract<RunCommand, { type: 'AdvanceSaga' | 'TimeOutStep' | 'LapseStep' | 'TakeBackStep' }>;

/** What the reactor tells runs. The command id names the event it acts on, so a repetition changes nothing. */
export const createActions = (deps: SagaDeps) => ({
  /** Does what is due in a run: heals, retries, times out what nobody took. */
  advance: async (flowId: string): Promise<Acted> =>
    (await timeOutUnclaimed(deps, flowId)) === 'again' ? 'again' : say(deps, flowId, { type: 'AdvanceSaga' }),
  /** A task that nobody is left to take, and that the engine holds so that nobody does. */
  takeBack: (task: Task): Promise<Acted> => takeBack(deps, task),
  /** A claimed task whose lease or deadline has passed. */
  giveUp: ({ task, claim, why }: OverdueTask): Promise<Acted> => {
    if (claim.by === ENGINE) return takeBack(deps, task);
    const { step, action, attempt, flowId } = task;
    const on = { step, action, attempt, claim: { by: claim.by, at: claim.at } };
    const isTimeout = why === 'timeout';
    return say(
      deps,
      flowId,
      isTimeout ? { type: 'TimeOutStep', kind: 'run', ...on } : { type: 'LapseStep', ...on },
    );
  },
});
export type Actions = ReturnType<typeof createActions>;

const takeBack = (deps: SagaDeps, { step, action, attempt, flowId }: Task): Promise<Acted> =>
  say(deps, flowId, { type: 'TakeBackStep', step, action, attempt });

const say = async (deps: SagaDeps, flowId: string, command: Said): Promise<Acted> => {
  const stream = sagaStream(flowId);
  const folded = await deps.sagas.load(stream);
  const { state: run } = folded;
  if (run.kind === 'absent') return 'stale';
  const facts = await factsOf(deps, run.orchName, run.definition);
  const what = command.type === 'AdvanceSaga' ? [] : [command.step, command.action, String(command.attempt)];
  const id = commandIdOf('reactor', flowId, String(run.revision), command.type, ...what);
  const causedBy = folded.headEventId ?? id;
  const metadata = runMetadata(folded, { id, actor: reactor, causedBy });
  const outcome = await deps.sagas.execute(stream, { ...command, facts }, metadata);
  if (outcome.kind === 'accepted') return 'done';
  if (outcome.kind === 'unavailable') return 'again';
  return outcome.code === 'run_paused' ? 'paused' : 'stale';
};

/**
 * Dispatched tasks that nobody took in time: first nobody can take them any more, then it is written. A process that
 * dies, or is no longer the reactor, in between leaves them to the next one, which finds them as they are.
 */
const timeOutUnclaimed = async (deps: SagaDeps, flowId: string): Promise<Acted> => {
  const seen = new Set<string>();
  for (;;) {
    const { state: run } = await deps.sagas.load(sagaStream(flowId));
    if (run.kind === 'absent' || run.paused !== null) return 'done';
    const due = dueTask(flowId, run, deps.clock.now(), seen);
    if (due === undefined) return 'done';
    seen.add(due.taskId);
    const { step, action, attempt } = due;
    if (!(await deps.queue.retire(due.taskId, attempt))) continue;
    const command = { type: 'TimeOutStep', kind: 'schedule', step, action, attempt, claim: null } as const;
    if ((await say(deps, flowId, command)) === 'again') return 'again';
  }
};

const dueTask = (flowId: string, run: SagaRun, now: number, seen: ReadonlySet<string>) =>
  outstanding(run)
    .tasks.map((task) => ({ ...task, taskId: effectIdOf(flowId, task.step, task.iteration, task.action) }))
    .find(({ until, taskId }) => until !== null && until <= now && !seen.has(taskId));
