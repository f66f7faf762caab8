import { passingMap } from '../domain/passing-map.ts';

/**
 * Runs tasks of one key one after the other, tasks of different keys independently. A failed task blocks nobody; one that
 * is done at once costs no promise.
 */
export const keyedQueue = () => {
  const tails = passingMap<string, Promise<unknown>>();
  return <Result>(key: string, task: () => Result): Result | Promise<Awaited<Result>> => {
    const before = tails.get(key);
    const run = before === undefined ? task() : behind(before, task);
    if (!(run instanceof Promise)) return run;
    tails.set(key, run);
    const end = (): void => {
      if (tails.get(key) === run) tails.delete(key);
    };
    run.then(end, end);
    return run;
  };
};

const behind = <Result>(before: Promise<unknown>, task: () => Result): Promise<Awaited<Result>> => {
  const run = async (): Promise<Awaited<Result>> => await task();
  return before.then(run, run);
};
