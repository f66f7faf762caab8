import { z } from 'zod';
import { settlement } from '../../domain/instance/events.ts';
import { describedInt64 } from '../../domain/int64.ts';
import { MOST_RETRIES } from '../../domain/retrybatch/events.ts';
import type { FlowHeaders, InstanceError, InstanceObject } from './handlers.ts';

/** The most instances that are asked to go out again at once: their results are one event. */
export const mostRetries = MOST_RETRIES;

const text = z.string().max(1000);
const uuid = z.uuid().toLowerCase();
const reason = z.string().min(1).max(1000);

/** The documented headers. What else stands there is dropped. */
export const flowHeaders = z.object({
  sourceApplicationId: describedInt64,
  correlationId: uuid,
  sourceApplicationIntegrationId: text.exactOptional(),
  sourceApplicationInstanceId: text.exactOptional(),
  fileIds: z.array(uuid).max(1000).default([]),
  integrationId: describedInt64.exactOptional(),
  instanceId: describedInt64.exactOptional(),
  configurationId: describedInt64.exactOptional(),
  archiveInstanceId: text.exactOptional(),
}) satisfies z.ZodType<FlowHeaders>;

/** An instance object. Ids, and what else stands there, are dropped on every level. */
export const instanceObject: z.ZodType<InstanceObject> = z.object({
  valuePerKey: z.record(z.string(), z.string()).default({}),
  get objectCollectionPerKey() {
    return z.record(z.string(), z.array(instanceObject)).default({});
  },
});

export const instanceErrors = z.array(
  z.object({
    errorCode: z.string().min(1).max(200),
    args: z.record(z.string(), z.string()).nullable().default(null),
  }),
) satisfies z.ZodType<readonly InstanceError[]>;

// Elsewhere a year has not four digits in UTC: text would not be in the order of time, and no event can hold it.
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** RFC 3339 with any offset, between the years 0 and 9999, as UTC with milliseconds. */
const time = z.iso
  .datetime({ offset: true })
  .refine(
    (given) => !(Date.parse(given) < FIRST_MS || Date.parse(given) > LAST_MS),
    'must be between the years 0 and 9999',
  )
  .transform((given) => new Date(given).toISOString());

export const receiveInstanceInput = z.strictObject({
  headers: flowHeaders,
  value: instanceObject,
  createdAt: time.exactOptional(),
});

export const settleInstanceInput = z.strictObject({
  as: settlement,
  reason: reason.exactOptional(),
  archiveInstanceId: text.exactOptional(),
});

/** Why a person holds one, lifts a hold, or has one deleted. */
export const reasonInput = z.strictObject({ reason });
