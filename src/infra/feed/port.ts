import { z } from 'zod';
import type { StoredEvent } from '../event-store/port.ts';
import type { Condition } from '../read-store/port.ts';

const text = (pattern: RegExp, form: string) => z.string().regex(pattern, form);
const field = z.string().min(1).max(80);
const scalar = z.union([z.string().max(1000), z.number(), z.boolean()]);

/** Which events a client wants; all that is given must match. Nothing given: every event. */
export const eventSelection = z.strictObject({
  category: text(/^[a-z][a-z0-9]{0,39}$/, 'must be the part of a stream name before the dash').optional(),
  type: text(/^[A-Za-z][A-Za-z0-9]{0,79}$/, 'must be the name of an event type').optional(),
  stream: text(/^[a-z][a-z0-9]*-[A-Za-z0-9._:-]{1,90}$/, 'must be <category>-<id>').optional(),
  correlationId: text(/^[A-Za-z0-9._:-]{1,128}$/, 'must be a correlation id').optional(),
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

/** A frame on its way out. `members` is JSON without its braces: what stands beside `type`, ready to be sent. */
export type Frame = {
  readonly type: string;
  /** On events only: who has seen the event continues from here. */
  readonly cursor?: string;
  readonly members: string;
};

export type CloseReason =
  | 'ended'
  | 'draining'
  | 'binary'
  | 'policy'
  | 'too_big'
  | 'slow'
  | 'unavailable'
  | 'unauthenticated'
  | 'forbidden'
  | 'authentication_timeout'
  | 'too_many_connections'
  | 'flood';

/** What a transport lends the feed: the way to one client. */
export type Outlet = {
  /** Sends a whole frame; `id` names the subscription. Does nothing once the connection is closing. */
  readonly send: (frame: Frame, id?: string) => void;
  /** True while too much waits for the client to read: only control frames may be sent. */
  readonly isFull: () => boolean;
  readonly close: (reason: CloseReason) => void;
};

/** A message of a client: its JSON value where it was JSON, its size in bytes; a ping counts as a message. */
export type Received =
  | { readonly kind: 'json'; readonly value: unknown; readonly bytes: number }
  | { readonly kind: 'malformed'; readonly detail: string; readonly bytes: number }
  | { readonly kind: 'ping'; readonly bytes: number };

/** The feed's side of one connection that carries many subscriptions. */
export type Session = {
  readonly receive: (message: Received) => void;
  /** To be called when the outlet stops being full. */
  readonly drained: () => void;
  /** To be called when the connection is gone or closing: stops every subscription. */
  readonly end: () => void;
};

export type RefusalCode =
  'bad_cursor' | 'unknown_collection' | 'invalid_condition' | 'unknown_stream' | 'forbidden';
export type Refused = { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string };
export type Ready = {
  readonly kind: 'ready';
  /** Sends until the outlet's connection ends; a feed that cannot go on says why and closes with `ended`. */
  readonly start: (outlet: Outlet) => Pick<Session, 'drained' | 'end'>;
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

/** What a client may follow, and until when. */
export type FeedAccess = {
  readonly subject: string;
  /** In milliseconds since the Unix epoch; null: until the connection ends. */
  readonly expiresAt: number | null;
  readonly judge: (request: FeedRequest) => Allowed | Refused;
};

/** What a token that came in a frame gives access to, or why the connection is closed. Rejects where nobody can tell. */
export type Admit = (token: string) => Promise<FeedAccess | CloseReason>;

/** How a connection begins. Without either, nothing can be followed on it. */
export type Entry = {
  /** What its handshake has shown already. */
  readonly access: FeedAccess | undefined;
  /** Takes tokens from then on; undefined where there are none, and every `auth` frame is welcome. */
  readonly admit: Admit | undefined;
};

/**
 * Live feeds, whatever carries them. Each client gets every event it asked for, in log order, without gap or
 * repeat; one that does not keep up costs a bounded amount of memory and slows nobody.
 */
export type Feed = {
  readonly connect: (outlet: Outlet, entry: Entry) => Session;
  /**
   * One subscription on a connection of its own; the connection's own flow control is its credit. Ends when the
   * access does.
   */
  readonly stream: (request: FeedRequest, access: FeedAccess) => Promise<Refused | Ready>;
};
