import type { Json, WorkerTask } from '../generated/shapes.ts';
import type { Answer, OnTask } from './answer.ts';
import { onTask } from './answer.ts';
import { perform } from './perform.ts';
import { progressOf } from './progress.ts';
import type { Steps } from './step.ts';

/** A task that is worked on, or whose answer is on its way. */
export type Held = {
  readonly on: OnTask;
  readonly abort: AbortController;
  /** What the handler said last, until it is sent. */
  progress: { readonly value: Json } | undefined;
  /** By `elapsed`: until when the task is certainly this worker's. */
  leaseEnds: number;
};

export type DeskDeps = {
  readonly steps: Steps;
  readonly concurrency: number;
  /** Resolves once the answer need not be sent again. */
  readonly answer: (answer: Answer) => Promise<void>;
  readonly leaseEnds: () => number;
  readonly onFree: () => void;
  readonly onProgress: () => void;
};

export type Desk = ReturnType<typeof createDesk>;

/** Where tasks are worked on: as many at once as there is room for, each until its answer has arrived. */
export const createDesk = (deps: DeskDeps) => {
  const held = new Set<Held>();
  let whenIdle: (() => void)[] = [];
  const leave = (one: Held): void => {
    held.delete(one);
    deps.onFree();
    if (held.size > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };
  return {
    held,
    free: () => Math.max(0, deps.concurrency - held.size),
    take: (tasks: readonly WorkerTask[]): void => {
      for (const task of tasks) {
        const one = heldOf(task, deps.leaseEnds());
        held.add(one);
        void work(deps, task, one).finally(() => leave(one));
      }
    },
    abortAll: (reason: Error): void => {
      for (const { abort } of held) abort.abort(reason);
    },
    /** Resolves when nothing is held. */
    idle: (): Promise<void> =>
      held.size === 0 ? Promise.resolve() : new Promise((resolve) => void whenIdle.push(resolve)),
  };
};

const heldOf = (task: WorkerTask, leaseEnds: number): Held => ({
  on: onTask(task),
  abort: new AbortController(),
  progress: undefined,
  leaseEnds,
});

const work = async ({ steps, answer, onProgress }: DeskDeps, task: WorkerTask, one: Held): Promise<void> => {
  const outcome = await perform(steps[task.stepName], task, {
    signal: one.abort.signal,
    progress: (value) => {
      one.progress = { value: progressOf(value) };
      onProgress();
    },
  });
  // Who was told to stop has not failed. What was done all the same is worth telling: the attempt's number decides.
  if (one.abort.signal.aborted && outcome.metadata.status === 'FAILED') return;
  await answer({ ...one.on, ...outcome });
};
