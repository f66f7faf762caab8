// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';

export const messageEvents = {
  /** A record that came in, was understood, and changes nothing. */
  RecordNoted: z.strictObject({
    /** Where the record stood: names it on its bus. */
    source: z.strictObject({
      bus: z.string().max(200),
      topic: z.string().min(1).max(249),
      partition: z.int().nonnegative(),
      offset: z.string().regex(/^\d{1,20}$/),
      timestamp: z.int(),
    }),
    /** `replayed`, since 2.0: a replay session gave it out once more. */
    reason: z.enum(['duplicate', 'late', 'unknown_run', 'unknown_step', 'replayed']),
  }),
} as const;

export type MessageEvent = EventOf<typeof messageEvents>;

export const messageSchemaVersion = '2.0';

/** Any stored form of them as the current one. */
export const parseMessageEvent = parserOf(messageEvents, messageSchemaVersion, {
  RecordNoted: { 1: (data) => data },
});
