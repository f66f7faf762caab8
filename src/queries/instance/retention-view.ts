import { z } from 'zod';

const count = z.int();
const time = z.string();

const run = z.strictObject({
  runId: z.string(),
  /** Instances made before it go. */
  cutoff: time,
  days: z.int(),
  startedAt: time,
  /** The person who started it, or `retention` where its time had come. */
  startedBy: z.string(),
});

/** The retention run under way, and the last one that ended; null where there is none. */
export const retentionView = z.strictObject({
  current: run
    .extend({
      /** Stored instances made before the cutoff that are still there, those that must stay included. */
      remaining: count,
    })
    .nullable(),
  last: run
    .extend({
      finishedAt: time,
      deleted: count,
      /** How many had to stay, by why. */
      kept: z.strictObject({ held: count, liveRun: count, openLetter: count, unread: count }),
      failed: count,
    })
    .nullable(),
});
export type RetentionView = z.infer<typeof retentionView>;
