// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';

const count = z.int().nonnegative();
const time = z.iso.datetime({ precision: 3 });

/** Stream `retention-instance`: the runs that delete instances whose time is up. */
export const retentionEvents = {
  RetentionRunStarted: z.strictObject({
    runId: z.uuid(),
    /** What was made before is to go. */
    cutoff: time,
    days: z.int().positive(),
  }),
  RetentionRunFinished: z.strictObject({
    runId: z.uuid(),
    deleted: count,
    /** How many had to stay, by why. */
    kept: z.strictObject({ held: count, liveRun: count, openLetter: count, unread: count }),
    failed: count,
  }),
} as const;

export type RetentionEvent = EventOf<typeof retentionEvents>;

export const retentionSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseRetentionEvent = parserOf(retentionEvents, retentionSchemaVersion);
