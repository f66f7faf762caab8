import { LRUCache } from 'lru-cache';
import type { z } from 'zod';

type Json = z.core.util.JSONType;

const MAX_TASKS = 10_000;

/** The latest progress each held task reported. In memory only: progress is neither an event nor ever on disk. */
export const progressBoard = () => {
  // By size, not by count: a limit of the count is taken from memory at once.
  const latest = new LRUCache<string, { readonly progress: Json }>({
    maxSize: MAX_TASKS,
    sizeCalculation: () => 1,
  });
  return {
    set: (taskId: string, progress: Json): void => void latest.set(taskId, { progress }),
    get: (taskId: string): Json | undefined => latest.get(taskId)?.progress,
    drop: (taskId: string): void => void latest.delete(taskId),
  };
};
export type ProgressBoard = ReturnType<typeof progressBoard>;
