import { passingMap } from '../../domain/passing-map.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import { outstanding, wakeAfter } from '../../domain/saga/outstanding.ts';
import type { Outstanding } from '../../domain/saga/outstanding.ts';
import { isAtRest } from '../../domain/saga/state.ts';
import type { SagaRun } from '../../domain/saga/state.ts';
import { kafkaRouteOf, routeOf } from '../../infra/task-queue/port.ts';
import type { Task } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import { effectIdOf } from '../deterministic-ids.ts';
import { keyedQueue } from '../keyed-queue.ts';
import { oneByOne } from '../one-by-one.ts';
import { knownFacts } from '../saga/facts.ts';
import type { ProgressBoard } from '../task/progress-board.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';
import type { Releases } from './releases.ts';
import type { Timers } from './timers.ts';
import { definitionKey } from './waiting-runs.ts';
import type { WaitingRuns } from './waiting-runs.ts';

type Deps = SagaDeps & {
  readonly settings: { readonly leaseMs: number };
  readonly timers: Timers;
  readonly releases: Releases;
  readonly waiting: WaitingRuns;
  readonly progress: ProgressBoard;
  /** Told about every run that has come to an end or to a stop. */
  readonly onRest: (flowId: string) => void;
};

/**
 * Brings tasks, timers and the index of waiting runs in line with where a run stands in the log. Driven by
 * the state, not by single events: doing it twice, late, or after a crash leads to the same place.
 */
export const createReconciler = (deps: Deps) => {
  // What is done to the tasks of one run is done one after the other.
  const inTurn = keyedQueue();
  const open = passingMap<string, readonly Task[]>();
  const stoodStill = new Set<string>();

  const note = ({ flowId, run, tasks }: Standing): void => {
    if (run.ended === null) open.set(flowId, tasks);
    else open.delete(flowId);
    if (isAtRest(run)) deps.onRest(flowId);
  };

  const reconcile = (flowId: string): Soon<void> =>
    whenThere(standingOf(deps, flowId), (standing) => standing && bring(standing));

  const bring = (standing: Standing): Soon<void> => {
    const { flowId, run, wanted, tasks } = standing;
    return whenThere(replace(deps, open.get(flowId) ?? NO_TASKS, tasks, wanted), () => {
      deps.waiting.set(flowId, waitingKeys(run, wanted));
      deps.timers.arm(flowId, wanted.wakeAt);
      return isGoing(wanted) && !stoodStill.has(flowId) ? note(standing) : lookAround(standing);
    });
  };

  const lookAround = async (standing: Standing): Promise<void> => {
    const { flowId, run, wanted, tasks } = standing;
    if (!wanted.isPaused && stoodStill.has(flowId)) await giveTime(deps, tasks);
    stoodStill[wanted.isPaused ? 'add' : 'delete'](flowId);
    if (isWaiting(wanted) && (await canGoOn(deps, run, wanted))) deps.releases.add(flowId);
    note(standing);
    if (wanted.isPaused && (await hasMovedOn(deps, flowId, run))) await reconcile(flowId);
  };

  return {
    reconcile: (flowId: string): Soon<void> => inTurn(flowId, () => reconcile(flowId)),
    /** After what was due `since` is done, or stays with its worker. What came due meanwhile comes at once. */
    rearm: (flowId: string, since: number): Promise<void> => inTurn(flowId, () => rearm(deps, flowId, since)),
    openRuns: (): number => open.size(),
  };
};
export type Reconciler = ReturnType<typeof createReconciler>;

const rearm = async ({ sagas, timers, settings }: Deps, flowId: string, since: number): Promise<void> => {
  const { state: run } = await sagas.load(sagaStream(flowId));
  if (run.kind === 'run') timers.arm(flowId, wakeAfter(run, since, settings.leaseMs));
};

/** Where a run stands, and what is outstanding in it. */
type Standing = {
  readonly flowId: string;
  readonly run: SagaRun;
  readonly wanted: Outstanding;
  readonly tasks: readonly Task[];
};

const standingOf = (deps: Deps, flowId: string): Soon<Standing | undefined> =>
  whenThere(deps.sagas.load(sagaStream(flowId)), ({ state: run }) => {
    if (run.kind === 'absent') return undefined;
    const wanted = outstanding(run);
    return whenThere(tasksOf(deps, flowId, run, wanted), (tasks) => ({ flowId, run, wanted, tasks }));
  });

const NO_TASKS: readonly Task[] = [];

const tasksOf = (deps: Deps, flowId: string, run: SagaRun, { tasks }: Outstanding): Soon<readonly Task[]> => {
  if (tasks.length === 0) return NO_TASKS;
  const { orchName } = run;
  return whenThere(knownFacts(deps, orchName, run.definition), ({ definition }) => {
    const found: Task[] = [];
    for (const { step, action, attempt, iteration, transport } of tasks) {
      const defined = definition?.content.steps.find(({ name }) => name === step);
      if (defined === undefined) continue;
      const taskId = effectIdOf(flowId, step, iteration, action);
      const route = transport === 'kafka' ? kafkaRouteOf(orchName, step) : routeOf(orchName, step);
      const { timeoutMs } = defined;
      found.push({ taskId, route, flowId, orchName, step, action, attempt, iteration, timeoutMs });
    }
    return found;
  });
};

/**
 * Whoever is no longer the reactor may have taken off what the next one had offered again after the run was resumed:
 * nobody else would look after it.
 */
const hasMovedOn = async ({ sagas }: Deps, flowId: string, { revision }: SagaRun): Promise<boolean> => {
  const { state } = await sagas.load(sagaStream(flowId));
  return state.kind === 'run' && state.revision !== revision;
};

/** What is there no more is settled; what is there is on offer, unless the run is paused. */
const replace = (
  { queue, progress }: Deps,
  before: readonly Task[],
  now: readonly Task[],
  { isPaused }: Outstanding,
): Soon<void> => {
  const over = before.filter((task) => !now.some((other) => isSame(task, other)));
  const settle = ({ taskId, attempt }: Task): Soon<void> =>
    whenThere(queue.settle(taskId, attempt), () => {
      progress.drop(taskId);
    });
  const offer = (task: Task): Soon<unknown> => (isPaused ? queue.withdraw(task.taskId) : queue.offer(task));
  return whenThere(oneByOne(over, settle), () => oneByOne(now, offer));
};

/** Of a run that stood still: however near its end the time of those who hold its tasks was, they have a lease more. */
const giveTime = async ({ queue, clock, settings }: Deps, tasks: readonly Task[]): Promise<void> => {
  const until = clock.now() + settings.leaseMs;
  for (const { taskId, attempt } of tasks) await queue.defer(taskId, attempt, until);
};

const isSame = (one: Task, other: Task): boolean =>
  one.taskId === other.taskId && one.attempt === other.attempt;

const isWaiting = ({ waiting, awaitsDefinition }: Outstanding): boolean =>
  waiting.length > 0 || awaitsDefinition;

const isGoing = (wanted: Outstanding): boolean => !isWaiting(wanted) && !wanted.isPaused;

const waitingKeys = (run: SagaRun, { waiting, awaitsDefinition }: Outstanding): readonly string[] => {
  const keys = waiting.map(({ step }) => routeOf(run.orchName, step));
  return awaitsDefinition ? [...keys, definitionKey(run.orchName)] : keys;
};

/**
 * What the run waits for is there already: it came between the decision to wait and now. Asked on the run's
 * own waiting event, so that no wake-up is lost whichever came first (decision 10 in docs/rules.md).
 */
const canGoOn = async (deps: Deps, run: SagaRun, wanted: Outstanding): Promise<boolean> => {
  const facts = await knownFacts(deps, run.orchName, run.definition);
  if (wanted.awaitsDefinition) return facts.definition !== null;
  return wanted.waiting.some(({ step }) => (facts.workers.get(step) ?? []).length > 0);
};
