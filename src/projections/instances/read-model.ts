import { z } from 'zod';
import { actor } from '../../domain/event.ts';
import { deletionReason, errorCategory } from '../../domain/instance/events.ts';

export const INSTANCES = 'instances';

/** How an instance stands, by the latest that happened to it. */
export const instanceStatus = z.enum(['IN_PROGRESS', 'TRANSFERRED', 'ABORTED', 'FAILED']);
export type InstanceStatus = z.infer<typeof instanceStatus>;

/** `NEVER_STORED`: a delivery that was refused. */
export const storageStatus = z.enum(['STORED', 'STORED_AND_DELETED', 'NEVER_STORED']);

/** What can happen to an instance. */
const historyCategory = z.enum([
  'received',
  'registered',
  'mapped',
  'ready-for-dispatch',
  'retry-requested',
  'dispatched',
  'receival-error',
  'registration-error',
  'retry-request-error',
  'mapping-error',
  'dispatching-error',
  'manually-processed',
  'manually-rejected',
  'overridden-as-transferred',
  'held',
  'hold-lifted',
  'deleted',
  'erased',
]);

/**
 * One instance, or one delivery that was refused, without what is sealed of it. Both are in one collection, so that
 * one list and one count show everything that came.
 */
export const instanceRow = z.strictObject({
  /** The instance's id, an int64 in decimal digits; the intake's id, a UUID, for a refused delivery. */
  id: z.string(),
  kind: z.enum(['instance', 'refused-intake']),
  /** Text whose order is that of the numbers; null for a refused delivery. */
  order: z.string().nullable(),
  status: instanceStatus,
  storageStatus,
  /** What happened last of all that counts for the status. */
  latest: historyCategory,
  /** Set while the latest is an error. */
  errorCategory: errorCategory.nullable(),
  sourceApplicationId: z.string(),
  sourceApplicationIntegrationId: z.string().nullable(),
  integrationId: z.string().nullable(),
  /** The one it goes under now. */
  correlationId: z.string().nullable(),
  /** The first and the latest of those it went under, 100 at most. */
  correlationIds: z.array(z.string()),
  /** How often it was sent out again. */
  retries: z.int(),
  /** The delivery it came with. */
  intakeId: z.string(),
  /** Bytes of its value as JSON; null where none was kept. */
  size: z.int().nullable(),
  held: z.boolean(),
  owner: z.string().nullable(),
  /** When it was made: an import says so of what is older than its arrival here. */
  createdAt: z.string(),
  receivedAt: z.string(),
  updatedAt: z.string(),
  deletedAt: z.string().nullable(),
  deletionReason: deletionReason.nullable(),
  erasedAt: z.string().nullable(),
  /** Until when topics that carry plain text by contract may still hold it; set with the erasure. */
  plaintextUntil: z.string().nullable(),
  revision: z.int(),
  position: z.string(),
});
export type InstanceRow = Readonly<z.infer<typeof instanceRow>>;

export const instanceSummary = instanceRow.omit({ order: true });
export type InstanceSummary = z.infer<typeof instanceSummary>;

const headers = z.strictObject({
  sourceApplicationId: z.string(),
  correlationId: z.string(),
  sourceApplicationIntegrationId: z.string().optional(),
  sourceApplicationInstanceId: z.string().optional(),
  fileIds: z.array(z.string()).readonly(),
  integrationId: z.string().optional(),
  instanceId: z.string().optional(),
  configurationId: z.string().optional(),
  archiveInstanceId: z.string().optional(),
});

/** An instance object as it is kept, without ids. Those in its collections have the same form, and so on. */
const instanceObject = z.strictObject({
  valuePerKey: z.record(z.string(), z.string()),
  objectCollectionPerKey: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});

/** One instance as it is now, folded from the log. */
export const instanceView = instanceSummary.extend({
  /** Those it came with; null from its deletion on. */
  headers: headers.nullable(),
  /** Null from its deletion on. */
  value: instanceObject.nullable(),
});
export type InstanceView = z.infer<typeof instanceView>;

/** What is left to be opened of an instance that is not deleted. */
export const instanceContent = z.strictObject({ headers, value: instanceObject });
export type InstanceContent = z.infer<typeof instanceContent>;

const instanceError = z.strictObject({
  errorCode: z.string(),
  args: z.record(z.string(), z.string()).nullable(),
});

export const historyEntry = z.strictObject({
  revision: z.int(),
  at: z.string(),
  category: historyCategory,
  /** How the instance stood from then on. */
  status: instanceStatus,
  actor,
  details: z.strictObject({
    /** What went wrong; null where nothing did, or once it cannot be opened any more (`isErased`). */
    errors: z.array(instanceError).readonly().nullable(),
    isErased: z.boolean(),
    correlationId: z.string().nullable(),
    /** The batch that a retry was asked for with. */
    batchId: z.string().nullable(),
    reason: z.string().nullable(),
    archiveInstanceId: z.string().nullable(),
    deletionReason: deletionReason.nullable(),
    /** The retention run that deleted it. */
    runId: z.string().nullable(),
    plaintextUntil: z.string().nullable(),
  }),
  position: z.string(),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

export const instanceHistory = z.strictObject({
  instanceId: z.string(),
  items: z.array(historyEntry).readonly(),
  revision: z.int(),
  position: z.string(),
});
export type InstanceHistory = z.infer<typeof instanceHistory>;
