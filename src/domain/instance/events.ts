// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { erasureReceipt } from '../erasure-receipt.ts';
import { int64 } from '../int64.ts';
import { keyId, sealed } from '../sealed.ts';

const reason = z.string().min(1).max(1000);
const count = z.int().nonnegative();
const time = z.iso.datetime({ precision: 3 });
/** The one a person asked to retry several instances with. */
const batchId = z.uuid().nullable();

/** Where something went wrong with an instance. */
export const errorCategory = z.enum(['receival', 'registration', 'retry-request', 'mapping', 'dispatching']);
export type ErrorCategory = z.infer<typeof errorCategory>;

/** What others did with it. */
export const progressCategory = z.enum(['mapped', 'ready-for-dispatch']);
export type ProgressCategory = z.infer<typeof progressCategory>;

/** How a person settles one that failed. */
export const settlement = z.enum(['manually-processed', 'manually-rejected', 'overridden-as-transferred']);
export type Settlement = z.infer<typeof settlement>;

/** Why an instance was deleted: it was passed on, its time was up, or somebody asked for it. */
export const deletionReason = z.enum(['dispatched', 'expired', 'requested']);
export type DeletionReason = z.infer<typeof deletionReason>;

/** Stream `instance-<int64>`: one process instance, from its arrival to the erasure of its values. */
export const instanceEvents = {
  InstanceReceived: z.strictObject({
    keyId,
    /** The instance object as JSON, without ids. */
    value: sealed,
    /** Bytes of that JSON. */
    size: count,
    /** The flow headers as JSON, as they came. */
    headers: sealed,
    sourceApplicationId: int64,
    sourceApplicationIntegrationId: z.string().max(1000).nullable(),
    integrationId: int64.nullable(),
    correlationId: z.uuid(),
    /** The delivery it came with: stream `intake-<intakeId>`. */
    intakeId: z.uuid(),
    /** When it was made, where an import says so; otherwise when this was recorded. */
    createdAt: time.nullable(),
  }),
  InstanceRegistered: z.strictObject({}),
  InstanceProgressed: z.strictObject({ category: progressCategory }),
  InstanceErrorReported: z.strictObject({ category: errorCategory, errors: sealed.nullable() }),
  /** It goes out again under a correlation id of its own. */
  InstanceRetryRequested: z.strictObject({ correlationId: z.uuid(), headers: sealed, batchId }),
  /** Its headers were known, and yet the retry could not be asked for. */
  InstanceRetryFailed: z.strictObject({
    correlationId: z.uuid(),
    headers: sealed,
    errors: sealed,
    batchId,
  }),
  /** `headers`: those it was passed on with. */
  InstanceDispatched: z.strictObject({ headers: sealed.nullable() }),
  InstanceSettled: z.strictObject({
    as: settlement,
    reason: reason.nullable(),
    archiveInstanceId: sealed.nullable(),
  }),
  /** Nothing may delete it until the hold is lifted. */
  InstanceHeld: z.strictObject({ reason }),
  InstanceHoldLifted: z.strictObject({ reason }),
  /** Nobody gets to see its values any more. `headers`: those to announce it with, null for those it came with. */
  InstanceDeleted: z.strictObject({
    reason: deletionReason,
    headers: sealed.nullable(),
    /** The retention run that did it. */
    runId: z.uuid().nullable(),
    /** What the person said who asked for it. */
    words: reason.nullable(),
  }),
  /** The receipt: nothing of it can be read any more, in no store of ours. */
  InstanceErased: z.strictObject(erasureReceipt),
} as const;

export type InstanceEvent = EventOf<typeof instanceEvents>;

export const instanceSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseInstanceEvent = parserOf(instanceEvents, instanceSchemaVersion);
