// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { int64 } from '../int64.ts';

/** Stream `sequence-<name>`: whoever reserved a block hands its numbers out in order; what is left of it stays unused. */
export const sequenceEvents = {
  BlockReserved: z.strictObject({ from: int64, to: int64 }),
} as const;

export type SequenceEvent = EventOf<typeof sequenceEvents>;

export const sequenceSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseSequenceEvent = parserOf(sequenceEvents, sequenceSchemaVersion);
