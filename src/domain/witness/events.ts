// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { coveredHead, signedCheckpoint } from '../checkpoint.ts';

/** So many heads with the longest names still fit into one event. */
export const HEADS_AT_ONCE = 2000;

/** Stream `witness-log`: the signed checkpoints; stream `witness-<uuid>`: the heads that one of them covers. */
export const witnessEvents = {
  HeadsCovered: z.strictObject({
    part: z.int().nonnegative(),
    heads: z.array(coveredHead).min(1).max(HEADS_AT_ONCE).readonly(),
  }),
  CheckpointSigned: signedCheckpoint,
} as const;

export type WitnessEvent = EventOf<typeof witnessEvents>;

export const witnessSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseWitnessEvent = parserOf(witnessEvents, witnessSchemaVersion);
