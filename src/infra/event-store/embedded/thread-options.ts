import { workerData } from 'node:worker_threads';

/** What the log's threads get when they start. */
export type ThreadOptions = {
  readonly path: string;
  /** Upper bound of the file, in pages. */
  readonly maxPages?: number;
};

// Node types it as any; only embedded.ts starts these threads, with this type.
export const threadOptions = (): ThreadOptions => workerData as ThreadOptions;
