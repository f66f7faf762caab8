/** Runs work nobody waits for: no rejection is lost, and stopping waits for what is under way. */
export const createBackground = (onError: (error: unknown) => void) => {
  const running = new Set<Promise<void>>();
  return {
    run: (task: () => Promise<void>): void => {
      const work = task()
        .catch(onError)
        .finally(() => running.delete(work));
      running.add(work);
    },
    idle: async (): Promise<void> => {
      while (running.size > 0) await Promise.all(running);
    },
  };
};
