import { isLogDamaged } from '../../domain/damage.ts';
import { isMarked } from '../../domain/event-mark.ts';
import type { EventMark } from '../../domain/event-mark.ts';
import type { AppendMetadata } from '../../domain/event.ts';

/** `commit‖prepare`, 20 digits each, compared as text. Opaque and sparse; `START` is before the first event. */
export type Position = string;
export const START: Position = '0'.repeat(40);

/** The end of a stream: its last revision and that event's hash. `NO_STREAM` for a stream without events. */
export type Head = { readonly revision: number; readonly hash: string };
export const NO_STREAM: Head = { revision: -1, hash: '0'.repeat(64) };

/** An event to append. `data` is encoded canonically; what cannot be encoded is refused before any write. */
export type NewEvent = {
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: string;
  readonly data: object;
};

export type StoredEvent = {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly eventId: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: StoredMetadata;
  /** Lower-case hex of the chain hash (decision 7 in docs/rules.md). */
  readonly hash: string;
};

export type StoredMetadata = AppendMetadata & {
  readonly schemaVersion: string;
  /** The store's time, RFC 3339 UTC with milliseconds; never goes back along the log. */
  readonly recordedAt: string;
};

export type Appended = {
  readonly kind: 'ok';
  /** The events as stored; for a retry of an append that had succeeded, as they were stored then. */
  readonly events: readonly StoredEvent[];
};

/** Every append ends in one of these; nothing is thrown for an outcome the caller must handle. */
export type AppendResult =
  | Appended
  /** The stream's head is not the expected one and these events are not the ones behind it: nothing written. */
  | { readonly kind: 'conflict' }
  /** Written or not: retry with the same head and the same ids. */
  | { readonly kind: 'ambiguous'; readonly cause: unknown }
  /** Definite, nothing written: retrying the same append cannot succeed now. */
  | {
      readonly kind: 'refused';
      readonly code: 'storage_full' | 'too_large' | 'not_encodable' | 'integrity' | 'closed';
      readonly detail: string;
    };

export type StreamSlice = {
  readonly events: readonly StoredEvent[];
  /** The stream's last revision when the slice was read, -1 for an unknown stream. */
  readonly head: number;
};

export type AllSlice = {
  readonly events: readonly StoredEvent[];
  /** Everything up to here was looked at: continue after it, also where no event matched. */
  readonly position: Position;
  /** True when the end of the log was reached. */
  readonly isEnd: boolean;
};

export type EventBatch = {
  readonly events: readonly StoredEvent[];
  readonly position: Position;
  /** True on the batch that reaches the end of the log as it was; it may hold no events. */
  readonly caughtUp: boolean;
};

/** From where a log that was put back to an earlier state went on. Its first epoch is the log's own id, and has no row. */
export type Epoch = { readonly id: string; readonly after: Position };

export type EventStore = {
  /** This log's identity, a UUID made when it was created: a cursor of another log is not one of ours. */
  readonly logId: string;
  /**
   * Begun when a backup was restored, or the loss of the log's end was accepted, oldest first: behind `after`, positions
   * that were handed out earlier hold other events. Empty where that cannot be seen.
   */
  readonly epochs: readonly Epoch[];
  /**
   * Appends all events or none, at exactly `expected`. Idempotent: the same ids and types at the same
   * expected head answer `ok` with what is stored (time and ciphertext may differ). At most 900 KiB a call.
   */
  readonly append: (
    stream: string,
    expected: Head,
    events: readonly NewEvent[],
    metadata: AppendMetadata,
  ) => Promise<AppendResult>;
  /** Up to `max` (1–4096) events from revision `from`, inclusive; backwards from `'end'` where asked. */
  readonly readStream: (
    stream: string,
    options: {
      readonly from: number | 'end';
      readonly direction: 'forwards' | 'backwards';
      readonly max: number;
    },
  ) => Promise<StreamSlice>;
  /** Events after a position in log order; `categories` keeps streams named `<category>-…` only. */
  readonly readAll: (options: {
    readonly after: Position;
    readonly categories?: readonly string[];
    readonly max: number;
  }) => Promise<AllSlice>;
  /**
   * History after a position, then live events, in order, without gap or repeat. The consumer pulls: a slow
   * one costs no memory and slows no writer. Ends when the signal aborts; throws when the log fails.
   */
  readonly subscribe: (options: {
    readonly after: Position;
    readonly categories?: readonly string[];
    readonly signal: AbortSignal;
  }) => AsyncIterable<EventBatch>;
  /** Position of the last event, `START` for an empty log. */
  readonly lastPosition: () => Promise<Position>;
  /** Finishes what was accepted, then closes. Later calls are refused with `closed`. */
  readonly close: () => Promise<void>;
};

/**
 * How far each follower has carried its effects. Kept with the log, never with the read models: dropping those
 * is a supported act and must not repeat effects.
 */
export type Checkpoints = {
  /** Undefined for a follower that never stored one. */
  readonly load: (follower: string) => Promise<Position | undefined>;
  /** Durable when it resolves. One that is not after the stored one changes nothing. @param follower `[a-z][a-z0-9-]*` */
  readonly save: (follower: string, position: Position) => Promise<void>;
};

type Looked = Pick<EventStore, 'readAll' | 'lastPosition'>;

/**
 * Whether a log still holds an event that somebody made something of. Damage at its place says nothing of that, and is told
 * of by whoever reads on. @throws what reading throws
 */
export const isStillIn = async (log: Looked, mark: EventMark): Promise<boolean> => {
  if (mark.position > (await log.lastPosition())) return false;
  try {
    return await isThere(log, mark);
  } catch (error) {
    if (isLogDamaged(error)) return true;
    throw error;
  }
};

const isThere = async ({ readAll }: Looked, mark: EventMark): Promise<boolean> => {
  for (let after = mark.after, isEnd = false; !isEnd && after < mark.position;) {
    const slice = await readAll({ after, categories: [mark.category], max: 1 });
    const [found] = slice.events;
    if (found !== undefined) return isMarked(mark, found);
    ({ position: after, isEnd } = slice);
  }
  return false;
};
