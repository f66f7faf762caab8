import { z } from 'zod';

const count = z.int().nonnegative();

export const MANIFEST = 'backup.json';

/** What a backup holds. It is written last: a directory without it is no backup. */
export const manifest = z.strictObject({
  format: z.literal(1),
  /** RFC 3339: everything acknowledged before is in it. */
  startedAt: z.string(),
  files: z.array(z.strictObject({ name: z.string(), bytes: count, sha256: z.string() })),
  /** Where followers of the log were when it began: what they wrote elsewhere since may be missing here. */
  followers: z.array(z.strictObject({ follower: z.string(), position: count })),
  /** Events in the log. */
  events: count,
});
export type Manifest = Readonly<z.output<typeof manifest>>;
