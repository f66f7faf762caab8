import type { AppendMetadata } from '../../../domain/event.ts';
import type { LogDamaged } from '../errors.ts';
import type { Epoch, Head } from '../port.ts';
import type { CheckedRows } from './checked-rows.ts';
import type { Mark } from './followers.ts';

/** What crosses between the main thread and the log's two threads: plain data, outcomes as values. */
export type AppendRequest = {
  readonly stream: string;
  readonly expected: Head;
  readonly events: readonly EncodedEvent[];
  readonly metadata: AppendMetadata;
};

export type EncodedEvent = {
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: string;
  /** Canonical JSON. */
  readonly data: string;
};

/** Appends as `flatAppends` puts them, one behind the other. */
export type FlatAppends = {
  readonly count: number;
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
};

/** `isMore`: others of the same turn follow, to be written in the same commit. */
export type SentAppends = FlatAppends & { readonly isMore: boolean };

export type WriteRequest = {
  readonly nowMs: number;
  readonly appends?: SentAppends;
  /** A follower's checkpoint to save. */
  readonly mark?: Mark;
};

export type Written = {
  readonly kind: 'written';
  /** Number of the first event; the others follow without a gap. */
  readonly position: number;
  readonly recordedAt: string;
  /** Of each event, lower-case hex. */
  readonly hashes: readonly string[];
};

export type NotWritten =
  /** An earlier attempt had succeeded; JSON of its stored events. */
  | { readonly kind: 'stored'; readonly text: string }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly code: 'storage_full' | 'integrity'; readonly detail: string }
  | { readonly kind: 'ambiguous'; readonly detail: string };

export type AppendReply = Written | NotWritten;

export type WriteReply = {
  /** Of each append: the number of its first event, or why it was not written. */
  readonly results: readonly (number | NotWritten)[];
  /** The time of the events that were written. */
  readonly recordedAt: string;
  /** Of all events that were written, lower-case hex. */
  readonly hashes: readonly string[];
  /** Ordinal of the commit that made these durable; several requests may share one. */
  readonly commit: number;
  /** Present when the engine failed in a way that leaves the file's state unknown: stop the process. */
  readonly fatal?: string;
  /** Why the checkpoint was not saved. */
  readonly markFailure?: string;
};

export type ReadRequest =
  | {
      readonly kind: 'stream';
      readonly stream: string;
      readonly from: number | 'end';
      readonly direction: 'forwards' | 'backwards';
      readonly max: number;
    }
  | {
      readonly kind: 'all';
      readonly after: number;
      readonly categories?: readonly string[];
      readonly max: number;
    }
  | { readonly kind: 'last' };

export type ReadReply =
  | { readonly kind: 'stream'; readonly events: CheckedRows; readonly head: number }
  | {
      readonly kind: 'all';
      readonly events: CheckedRows;
      readonly position: number;
      readonly isEnd: boolean;
    }
  | { readonly kind: 'last'; readonly position: number }
  | ({ readonly kind: 'damaged' } & Pick<LogDamaged, 'stream' | 'revision' | 'detail' | 'position'>)
  | { readonly kind: 'failed'; readonly detail: string };

/** A thread's first message. */
export type Hello =
  | {
      readonly kind: 'open';
      readonly logId: string;
      readonly epochs: readonly Epoch[];
      readonly last: number;
      readonly marks: readonly Mark[];
      /** What the chain check of the log's tail found. */
      readonly damage: readonly string[];
    }
  | { readonly kind: 'reading' }
  | { readonly kind: 'newer-layout'; readonly detail: string }
  | { readonly kind: 'unusable'; readonly detail: string };
