import { passingMap } from '../../domain/passing-map.ts';

/** Lets callers wait for a run to come to an end, or to a stop that only a person can lift. */
export const createAtRest = () => {
  const waiters = passingMap<string, Set<() => void>>();
  return {
    isAwaited: (flowId: string): boolean => waiters.has(flowId),
    notify: (flowId: string): void => {
      for (const wake of waiters.get(flowId) ?? []) wake();
    },
    /** Resolves when the run comes to rest from now on, or when the signal aborts. */
    wait: (flowId: string, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const ofRun = waiters.get(flowId) ?? new Set();
        const done = () => {
          ofRun.delete(done);
          if (ofRun.size === 0) waiters.delete(flowId);
          signal.removeEventListener('abort', done);
          resolve();
        };
        if (signal.aborted) {
          resolve();
          return;
        }
        waiters.set(flowId, ofRun.add(done));
        signal.addEventListener('abort', done);
      }),
  };
};
