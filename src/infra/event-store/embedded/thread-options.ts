import { z } from 'zod';

/** What the log's threads get when they start. */
export const threadOptions = z.strictObject({
  path: z.string(),
  maxPages: z.int().positive().optional(),
});
export type ThreadOptions = z.infer<typeof threadOptions>;
