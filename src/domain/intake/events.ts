// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { erasureReceipt } from '../erasure-receipt.ts';
import { int64 } from '../int64.ts';
import { keyId, sealed } from '../sealed.ts';

/** Stream `intake-<commandId>`: one delivery of an instance. The same delivery again finds the id it got. */
export const intakeEvents = {
  InstanceIdAllocated: z.strictObject({ instanceId: int64 }),
  /** It could not be registered; `errors` is the documented collection of errors. */
  IntakeRefused: z.strictObject({
    keyId,
    headers: sealed,
    errors: sealed,
    sourceApplicationId: int64,
    /** Refused by others before it came to us, who have told of it themselves. */
    category: z.literal('receival').exactOptional(),
  }),
  /** The receipt: nothing of the refusal can be read any more, in no store of ours. */
  IntakeErased: z.strictObject({
    ...erasureReceipt,
    /** The retention run that did it. */
    runId: z.uuid(),
  }),
} as const;

export type IntakeEvent = EventOf<typeof intakeEvents>;

export const intakeSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseIntakeEvent = parserOf(intakeEvents, intakeSchemaVersion);
