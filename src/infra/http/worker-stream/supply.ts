import { nextTick } from 'node:process';
import { pause } from '../../clock/port.ts';
import type { TaskSource } from '../../../commands/task/task-source.ts';
import type { WorkerTask } from '../../../commands/task/worker-task.ts';
import { createFlow } from '../../session/flow.ts';
import type { Outlet } from '../../session/port.ts';
import { encodeTasks } from './encode-tasks.ts';
import { MOST_CREDIT } from './frames.ts';
import type { Hello } from './frames.ts';
import type { HeldTasks } from './held-tasks.ts';
import type { StreamDeps } from './stream-deps.ts';

/** Tasks on their way to one worker. */
export type Supply = {
  readonly grant: (credit: number) => void;
  /** The outlet is no longer full. */
  readonly drained: () => void;
  /** Nothing is sent any more; what was claimed and not sent goes back on offer. */
  readonly stop: () => void;
};

type Deps = Pick<StreamDeps, 'handlers' | 'clock' | 'failureOf'> & {
  readonly outlet: Outlet;
  readonly held: HeldTasks;
};

const MOST_AT_ONCE = 100;
/** After a failure that is not the worker's. */
const RETRY_MS = 1000;
/** Given as a reason, because without one each abort would make an error with a stack. */
const OVER = 'over';

/** Claims tasks as long as there is credit for them and the worker reads what it is sent. */
export const createSupply = (deps: Deps, { service, steps, credit }: Hello): Supply => {
  const { outlet, clock, handlers, failureOf } = deps;
  const flow = createFlow({ isFull: outlet.isFull, clock }, { first: credit, most: MOST_CREDIT });
  const stop = new AbortController();
  const { signal } = stop;
  const source = handlers.openTaskSource({ service, steps });
  const takeNext = takerOf(source);
  const serve = async (): Promise<void> => {
    const tasks = await takeNext(() => (signal.aborted || outlet.isFull() ? 0 : flow.left()));
    if (tasks.length === 0) return;
    if (!signal.aborted && flow.take(tasks.length)) send(deps, tasks);
    else handlers.releaseTasks(tasks).catch(failureOf);
  };
  const run = async (): Promise<void> => {
    while (await flow.opens(signal)) {
      await serve().catch((error: unknown) => {
        failureOf(error);
        return pause(clock, RETRY_MS, signal);
      });
    }
  };
  void run();
  return {
    grant: flow.grant,
    drained: flow.drained,
    stop: () => {
      stop.abort(OVER);
      source.close();
    },
  };
};

const send = ({ outlet, held }: Deps, tasks: readonly WorkerTask[]): void => {
  held.sent(tasks);
  for (const frame of encodeTasks(tasks)) outlet.send(frame);
};

/** Waits for an offer, unless more are known to be there, and claims as many as there is room for by then. */
const takerOf = (source: TaskSource) => {
  let isMore = false;
  return async (room: () => number): Promise<readonly WorkerTask[]> => {
    if (!isMore) {
      await source.offered();
      await untilAllAreOffered();
    }
    const max = Math.min(room(), MOST_AT_ONCE);
    const tasks = max === 0 ? [] : await source.claim(max);
    isMore = max > 0 && tasks.length === max;
    return tasks;
  };
};

/** A commit often moves many runs: what they offer within one turn is claimed, noted and sent in one go. */
const untilAllAreOffered = (): Promise<void> => new Promise((resolve) => nextTick(resolve));
