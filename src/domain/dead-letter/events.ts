// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { int64 } from '../int64.ts';
import { keyId, sealed } from '../sealed.ts';

const size = z.int().nonnegative();
const edition = z.int().nonnegative();
const reason = z.string().min(1).max(1000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Why a record cannot be taken: in words of ours, never with its content. */
export const letterCause = z.strictObject({
  code: z.string().min(1).max(100),
  detail: z.string().max(2000),
  pointer: z.string().max(1000).nullable(),
});
export type LetterCause = Readonly<z.infer<typeof letterCause>>;

/** Where the record stood: names it on its bus. */
const letterSource = z.strictObject({
  bus: z.string().max(200),
  topic: z.string().min(1).max(249),
  partition: z.int().nonnegative(),
  offset: z.string().regex(/^\d{1,20}$/),
  timestamp: z.int(),
});

/** Parts of a record that were too long to keep whole. */
const letterPart = z.enum(['key', 'value', 'headers']);

/** Stream `deadletter-<id>`: the life of one record that could not be taken in. */
export const deadLetterEvents = {
  LetterParked: z.strictObject({
    source: letterSource,
    /** Keyed hash of topic and key; null for a record without a key, which has no order to keep. */
    sequence: hash.nullable(),
    /** The letter before it in its sequence, where only that one kept it from being taken. */
    behind: z.uuid().nullable(),
    cause: letterCause,
    /** Of code, topic and pointer: what has one remedy has one fingerprint. */
    fingerprint: hash,
    keyId,
    key: sealed.nullable(),
    value: sealed.nullable(),
    headers: sealed,
    /** Bytes of the value as it came; null for a record without one. */
    size: size.nullable(),
    truncated: z.array(letterPart).readonly(),
    flowId: z.uuid().nullable(),
    /** The instance it was meant for, where that can be told. Since 1.1. */
    instanceId: int64.nullable().default(null),
  }),
  /** A person put another value in place of the record's. The first edition is 1. */
  LetterEdited: z.strictObject({ edition, value: sealed, size, reason }),
  /** It is to be taken again, after what stands before it in its sequence. */
  LetterSelected: z.strictObject({
    redriveId: z.uuid(),
    perSecond: z.int().min(1).max(1000),
    reason: reason.nullable(),
  }),
  LetterRedriveStarted: z.strictObject({ redriveId: z.uuid(), edition }),
  LetterResolved: z.strictObject({
    redriveId: z.uuid(),
    edition,
    /** `done`: it is in the log; `noted`: it changes nothing, and `why`. */
    outcome: z.enum(['done', 'noted']),
    why: z.string().max(100).nullable(),
    /** Where it is in the log, where that is known. */
    at: z.string().max(100).nullable(),
    /** The instance it became, where it became one. Since 1.1. */
    instanceId: int64.nullable().default(null),
  }),
  LetterParkedAgain: z.strictObject({
    redriveId: z.uuid(),
    edition,
    cause: letterCause,
    fingerprint: hash,
  }),
  LetterDiscarded: z.strictObject({ reason }),
} as const;

export type DeadLetterEvent = EventOf<typeof deadLetterEvents>;

export const deadLetterSchemaVersion = '1.1';

/** Any stored form of them as the current one. */
export const parseDeadLetterEvent = parserOf(deadLetterEvents, deadLetterSchemaVersion);
