// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { int64 } from '../int64.ts';

/** The results of so many fit into one event. */
export const MOST_RETRIES = 4000;

const instanceIds = z.array(int64).max(MOST_RETRIES).readonly();

export const retryOutcome = z.enum(['requested', 'not-found', 'no-headers', 'failed']);
export type RetryOutcome = z.infer<typeof retryOutcome>;

/** Stream `retrybatch-<uuid>`: several instances that a person asked to retry at once. */
export const retryBatchEvents = {
  RetryBatchRequested: z.strictObject({ instanceIds }),
  RetryBatchFinished: z.strictObject({
    results: z
      .array(
        z.strictObject({
          instanceId: int64,
          outcome: retryOutcome,
          /** The one it goes out under; null where it does not. */
          correlationId: z.uuid().nullable(),
        }),
      )
      .max(MOST_RETRIES)
      .readonly(),
  }),
} as const;

export type RetryBatchEvent = EventOf<typeof retryBatchEvents>;

export const retryBatchSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseRetryBatchEvent = parserOf(retryBatchEvents, retryBatchSchemaVersion);
