import { pause } from '../../clock/port.ts';
import type { PollTasksInput } from '../../../commands/task/inputs.ts';
import type { WorkerTask } from '../../../commands/task/worker-task.ts';
import { createFlow } from '../../session/flow.ts';
import type { HearingOutlet } from '../../session/port.ts';
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
  readonly outlet: HearingOutlet;
  readonly held: HeldTasks;
};

const MOST_AT_ONCE = 100;
const POLL_MS = 30_000;
/** After a failure that is not the worker's. */
const RETRY_MS = 1000;
/** Given as a reason, because without one each abort would make an error with a stack. */
const OVER = 'over';

/** Claims tasks as long as there is credit for them and the worker reads what it is sent. */
export const createSupply = (deps: Deps, { service, steps, credit }: Hello): Supply => {
  const { outlet, clock, handlers } = deps;
  const flow = createFlow({ isFull: outlet.isFull, clock }, { first: credit, most: MOST_CREDIT });
  const stop = new AbortController();
  const parcel = createParcel(deps);
  const asked = { service, ...(steps === undefined ? {} : { steps }) };
  const claimOnce = async (): Promise<void> => {
    const input: PollTasksInput = { ...asked, max: Math.min(flow.left(), MOST_AT_ONCE), waitMs: POLL_MS };
    const tasks = await handlers.pollTasks(input, stop.signal);
    if (tasks.length === 0) return;
    if (!stop.signal.aborted && flow.take(tasks.length)) parcel.add(tasks);
    else parcel.release(tasks);
  };
  const run = async (): Promise<void> => {
    while (await flow.opens(stop.signal)) {
      await claimOnce().catch((error: unknown) => {
        deps.failureOf(error);
        return pause(deps.clock, RETRY_MS, stop.signal);
      });
    }
  };
  void run();
  return {
    grant: flow.grant,
    drained: flow.drained,
    stop: () => {
      stop.abort(OVER);
      parcel.takeBack();
    },
  };
};

/** What is claimed within one turn of the event loop travels together. */
const createParcel = ({ outlet, held, handlers, failureOf }: Deps) => {
  let tasks: readonly WorkerTask[] = [];
  const emptied = (): readonly WorkerTask[] => {
    const all = tasks;
    tasks = [];
    return all;
  };
  const send = (): void => {
    const all = emptied();
    held.sent(all);
    for (const frame of encodeTasks(all)) outlet.send(frame);
  };
  const release = (some: readonly WorkerTask[]): void => {
    if (some.length > 0) handlers.releaseTasks(some).catch(failureOf);
  };
  return {
    release,
    add: (more: readonly WorkerTask[]): void => {
      if (tasks.length === 0) setImmediate(send);
      tasks = [...tasks, ...more];
    },
    takeBack: () => release(emptied()),
  };
};
