type Entry = { readonly revision: number; readonly taskIds: Set<string> };

/**
 * Tasks taken off offer because their time is up, while it is not yet known whether that was written. Until
 * the run moves on, nobody may be given such a task: the log may already say that nobody took it.
 */
export const createWithdrawn = () => {
  const entries = new Map<string, Entry>();
  return {
    note: (flowId: string, revision: number, taskId: string): void => {
      const known = entries.get(flowId);
      if (known?.revision === revision) known.taskIds.add(taskId);
      else entries.set(flowId, { revision, taskIds: new Set([taskId]) });
    },
    has: (flowId: string, revision: number, taskId: string): boolean => {
      const known = entries.get(flowId);
      return known?.revision === revision && known.taskIds.has(taskId);
    },
    drop: (flowId: string): void => void entries.delete(flowId),
  };
};
export type Withdrawn = ReturnType<typeof createWithdrawn>;
