/** Runs tasks of one key one after the other, tasks of different keys independently. A failed task blocks nobody. */
export const keyedQueue = () => {
  const tails = new Map<string, Promise<unknown>>();
  return <Value>(key: string, task: () => Promise<Value>): Promise<Value> => {
    const before = tails.get(key);
    const run = before === undefined ? task() : before.then(task, task);
    tails.set(key, run);
    const end = (): void => {
      if (tails.get(key) === run) tails.delete(key);
    };
    run.then(end, end);
    return run;
  };
};
