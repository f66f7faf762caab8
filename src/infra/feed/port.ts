import { z } from 'zod';
import { CORRELATION_ID } from '../../domain/conversation.ts';
import { CATEGORY_NAME, EVENT_TYPE, STREAM_NAME } from '../../domain/names.ts';
import type { StoredEvent } from '../event-store/port.ts';
import type { Condition } from '../read-store/port.ts';
import type { Access, BurstOutlet, CloseReason, Entry, Session } from '../session/port.ts';

const text = (pattern: RegExp, form: string) => z.string().regex(pattern, form);
const field = z.string().min(1).max(80);
const scalar = z.union([z.string().max(1000), z.number(), z.boolean()]);

/** Which events a client wants; all that is given must match. Nothing given: every event. */
export const eventSelection = z.strictObject({
  category: text(CATEGORY_NAME, 'must be the part of a stream name before the dash').optional(),
  type: text(EVENT_TYPE, 'must be an event type, as SagaStarted').optional(),
  stream: text(STREAM_NAME, 'must be <category>-<id>').optional(),
  correlationId: text(CORRELATION_ID, 'must be a correlation id').optional(),
});
export type EventSelection = Readonly<z.output<typeof eventSelection>>;

/** `start`, `now`, or a cursor: the feed continues behind the event the cursor came with. */
export const from = text(/^[A-Za-z0-9_-]{1,200}$/, 'must be start, now or a cursor');

const condition: z.ZodType<Condition> = z.discriminatedUnion('op', [
  z.strictObject({ field, op: z.enum(['eq', 'lt', 'lte', 'gt', 'gte']), value: scalar }),
  z.strictObject({ field, op: z.literal('in'), value: z.array(scalar).min(1).max(100) }),
  z.strictObject({ field, op: z.enum(['prefix', 'contains']), value: z.string().max(1000) }),
]);
export const collection = text(/^[a-z][a-z0-9-]{0,79}$/, 'must be the name of a collection');
export const conditions = z.array(condition).max(20);

/** What one subscription is about. */
export type FeedRequest =
  | { readonly kind: 'events'; readonly selection: EventSelection; readonly from: string }
  | { readonly kind: 'documents'; readonly collection: string; readonly where: readonly Condition[] };

export type RefusalCode =
  'bad_cursor' | 'unknown_collection' | 'invalid_condition' | 'unknown_stream' | 'forbidden';
/** A subscription on a connection of its own. */
export type Stream = Pick<Session, 'drained'> & { readonly end: (why?: CloseReason) => void };
export type Refused = { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string };
export type Ready = {
  readonly kind: 'ready';
  /** Sends until the outlet's connection ends; a feed that cannot go on says why and closes with `ended`. */
  readonly start: (outlet: BurstOutlet) => Stream;
};

/** A request that may be followed, narrowed to what its client may see. */
export type Allowed = {
  readonly kind: 'allowed';
  readonly request: FeedRequest;
  /** `own`: to what is the client's own. */
  readonly scope: 'all' | 'own';
  /** Which events of it; all where it is not there. */
  readonly sees?: (event: StoredEvent) => Promise<boolean>;
  /** What has to be looked up before it starts: why it may not be followed after all, or nothing. */
  readonly confirm?: () => Promise<Refused | undefined>;
};

/** What a client may follow. */
export type FeedAccess = Access & { readonly judge: (request: FeedRequest) => Allowed | Refused };

/**
 * Live feeds, whatever carries them. Each client gets every event it asked for, in log order, without gap or
 * repeat; one that does not keep up costs a bounded amount of memory and slows nobody.
 */
export type Feed = {
  readonly connect: (outlet: BurstOutlet, entry: Entry<FeedAccess>) => Session;
  /**
   * One subscription on a connection of its own; the connection's own flow control is its credit. Ends when the
   * access does.
   */
  readonly stream: (request: FeedRequest, access: FeedAccess) => Promise<Refused | Ready>;
};
