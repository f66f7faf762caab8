import { isStoreAway } from '../../domain/damage.ts';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { workersOf } from '../../domain/orchestration/state.ts';
import type { ClaimedTask } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import { ENGINE } from '../task/engine-claim.ts';
import { leaveOut } from '../task/leave-out.ts';
import type { Actions } from './act.ts';
import type { UnservedStep, UnservedSteps } from './unserved-steps.ts';

type Deps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'queue' | 'clock'> & {
  readonly actions: Pick<Actions, 'takeBack'>;
  readonly unserved: Pick<UnservedSteps, 'left'>;
  readonly leaseMs: number;
  /** Told of a run that it did not work with. */
  readonly trouble: (flowId: string, error: unknown) => void;
  /** Told of what was not about one run: the next look tries again. */
  readonly onTrouble: (flowId: undefined, error: unknown) => void;
};

const AT_ONCE = 500;

/**
 * Takes back what lies on offer, claimed by nobody, although nobody is left who could take it. The engine claims it as a
 * worker would, so that no worker can, and only then writes it: where it dies in between its claim lapses like any other.
 */
export const takeBackLeft = async (deps: Deps, signal: AbortSignal): Promise<void> => {
  const left = deps.unserved.left();
  if (left.length === 0) return;
  const onOffer = new Set(await deps.queue.routesOnOffer(left.map(({ route }) => route)));
  for (const step of left.filter(({ route }) => onOffer.has(route)))
    // One orchestration that cannot be read keeps no other back.
    await takeBackAll(deps, step, signal).catch((error: unknown) => {
      deps.onTrouble(undefined, error);
    });
};

const takeBackAll = async (deps: Deps, step: UnservedStep, signal: AbortSignal): Promise<void> => {
  // Somebody may have come of whom this process has not heard yet.
  while (!signal.aborted && !(await isServed(deps, step))) if (!(await takeBackSome(deps, step))) return;
};

const isServed = async ({ orchestrations }: Deps, { orchName, step }: UnservedStep): Promise<boolean> => {
  const { state } = await orchestrations.reload(orchestrationStream(orchName));
  return workersOf(state, step).length > 0;
};

/** True where there may be more, and it is not for nothing to go on. */
const takeBackSome = async (deps: Deps, { route }: UnservedStep): Promise<boolean> => {
  const { queue, clock, leaseMs } = deps;
  const request = { routes: [route], by: ENGINE, max: AT_ONCE, leaseMs };
  const claimed = await queue.claim({ ...request, now: clock.now() });
  const done = await Promise.all(claimed.map((held) => takeBack(deps, held)));
  return claimed.length === AT_ONCE && done.includes(true);
};

const takeBack = async (deps: Deps, held: ClaimedTask): Promise<boolean> => {
  const { flowId, taskId, attempt } = held.task;
  try {
    const acted = await deps.actions.takeBack(held.task);
    if (acted === 'paused') await leaveOut(deps, held);
    if (acted === 'done' || acted === 'stale') await deps.queue.settle(taskId, attempt);
    return acted !== 'again';
  } catch (error) {
    deps.trouble(flowId, error);
    // It stays held, and is tried again when that lapses: put back first in line, runs that cannot be read would keep the
    // others back at every look.
    if (!isStoreAway(error)) return true;
    await deps.queue.release(taskId, attempt);
    return false;
  }
};
