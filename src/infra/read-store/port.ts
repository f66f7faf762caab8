import type { Position } from '../event-store/port.ts';

/** Plain JSON: what both engines keep without changing it. Encoded by the canonical encoder before any write. */
export type Body = Readonly<Record<string, unknown>>;

/** Top-level members of a document that may be filtered and sorted by. `text[]` knows `contains` only. */
export type FieldType = 'text' | 'number' | 'boolean' | 'text[]';

export type CollectionSpec = {
  /** `[a-z][a-z0-9-]*`; one collection per projection. */
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Compound indexes over declared fields; the document id is their implicit last part. */
  readonly indexes: readonly (readonly string[])[];
  /**
   * A text field that every id begins with, followed by a slash: an engine may find the documents of one value by
   * their ids, and leave out the indexes that begin with the field. Few documents have the same value.
   */
  readonly idPrefix?: string;
  /**
   * Every document is of one event, which alone writes it: until a generation is sealed an engine may take each for a
   * new one. One that comes twice all the same may be seen twice until then, the later one alone from then on.
   */
  readonly isWrittenOnce?: true;
  /** Keeps every version of a document with the positions from and to which it held. */
  readonly history: boolean;
};

export type StoredDocument = {
  readonly id: string;
  /**
   * Every event up to here that concerns the document is in it or, where it is blocked, parked; one at or before
   * it changes nothing.
   */
  readonly position: Position;
  /** Null: deleted; the tombstone keeps its position, so that a late repetition does not bring it back. */
  readonly body: Body | null;
  /** Set where an event could not be folded: `body` is the last good state, later events wait in the log. */
  readonly blocked: Blocked | null;
};

export type Blocked = {
  /** Every event up to here that concerns the document is in `body`: refolding it starts behind. */
  readonly lastGood: Position;
  /** Position of the event that could not be folded. */
  readonly at: Position;
  readonly type: string;
  readonly reason: string;
  /** How many events of this document wait, that one included. */
  readonly parked: number;
};

export type Scalar = string | number | boolean;
export type Condition =
  | { readonly field: string; readonly op: 'eq' | 'lt' | 'lte' | 'gt' | 'gte'; readonly value: Scalar }
  | { readonly field: string; readonly op: 'in'; readonly value: readonly Scalar[] }
  /** Text that starts with the value, character by character. */
  | { readonly field: string; readonly op: 'prefix'; readonly value: string }
  /** A `text[]` that has the value as an element. */
  | { readonly field: string; readonly op: 'contains'; readonly value: string };

/** Whether a field of this type can be asked for in this way. */
export const hasOperator = (type: FieldType, op: Condition['op']): boolean => {
  if (op === 'contains' || type === 'text[]') return op === 'contains' && type === 'text[]';
  return op !== 'prefix' || type === 'text';
};

/** Where a page ended: the sort field's value (null where the document has none) and the id. */
export type Keyset = { readonly value: Scalar | null; readonly id: string };

export type Query = {
  readonly where: readonly Condition[];
  /** Ties are broken by id, in the same direction. Documents without the field sort below every value. */
  readonly sort: { readonly field: string; readonly direction: 'asc' | 'desc' };
  readonly after?: Keyset;
  /** 1 to 500. */
  readonly limit: number;
};

export type Page = {
  readonly documents: readonly StoredDocument[];
  /** Where to continue; absent at the end. */
  readonly next?: Keyset;
  /** The collection reflects every event up to here (it may already reflect later ones on some engines). */
  readonly position: Position;
};

/**
 * Generations of a collection: queries see `live`; a rebuild fills another; `previous` is kept for rollback. One
 * that becomes none of these is dropped.
 */
export type Generations = {
  readonly live: number | null;
  readonly previous: number | null;
  readonly filling: number | null;
};

/** Names a collection in one generation. */
export type Slot = { readonly name: string; readonly generation: number };

/** Documents, and the position up to which the collection is folded with them. */
export type Batch = { readonly documents: readonly StoredDocument[]; readonly checkpoint: Position };
export type SlotBatch = Batch & { readonly slot: Slot };

/**
 * Read models. Everything in it can be made again from the log; dropping it is a supported act. Deleted and
 * blocked documents: `get` and `scan` show tombstones (`body: null`), `find` and `countBy` never do. Text and ids
 * are ordered by code point. @throws UnknownCollection where a slot or a live generation is asked for that is not there.
 */
export type ReadStore = {
  /**
   * Creates the slot without secondary indexes, marks it as filling; an existing one of that number is emptied,
   * unless it is live.
   * @throws RangeError for the live generation or a malformed specification.
   */
  readonly fill: (spec: CollectionSpec, generation: number) => Promise<void>;
  /**
   * Builds the declared indexes of a filled slot. Repeating it changes nothing.
   * @throws RangeError for another specification than the slot was filled with.
   */
  readonly seal: (spec: CollectionSpec, generation: number) => Promise<void>;
  /** Atomically makes a sealed generation the live one and the one before it `previous`. @throws RangeError unsealed. */
  readonly switchTo: (slot: Slot) => Promise<void>;
  /** Dropping what is not there changes nothing. */
  readonly drop: (slot: Slot) => Promise<void>;
  readonly generations: (name: string) => Promise<Generations>;
  /** Position up to which the slot was folded, null for a new one. */
  readonly checkpoint: (slot: Slot) => Promise<Position | null>;
  /**
   * Writes documents, then the checkpoint. A document whose stored position is the same or later is left as it
   * is (and no version is added); the checkpoint never goes back. After a crash in between, the same batch
   * again leads to the same bytes. Several versions of one document in a batch count in the order given.
   * @throws DocumentRefused for what has no canonical form, a field of another type, an id without its prefix; then
   * nothing of the batch is promised to be written, and the checkpoint is not.
   */
  readonly write: (slot: Slot, batch: Batch) => Promise<void>;
  /**
   * As `write` for each of these, in one commit where the engine has any. @throws DocumentRefused; then nothing of the
   * batches is promised to be written.
   */
  readonly writeAll: (batches: readonly SlotBatch[]) => Promise<void>;
  /**
   * Replaces a document whatever its position: only for unblocking, which refolds it from the log. Of its history,
   * what reaches beyond the new position is cut off.
   */
  readonly replace: (slot: Slot, document: StoredDocument) => Promise<void>;
  /** Documents by id, in no particular order; unknown ids are left out. */
  readonly getMany: (slot: Slot, ids: readonly string[]) => Promise<readonly StoredDocument[]>;
  /** Of the documents that are blocked, in no particular order. */
  readonly blockedIds: (slot: Slot) => Promise<readonly string[]>;
  /** By id order, for comparing and checking; up to `limit` (1–5000) after the given id. */
  readonly scan: (slot: Slot, afterId: string | null, limit: number) => Promise<readonly StoredDocument[]>;
  /** One document of the live generation. */
  readonly get: (
    name: string,
    id: string,
  ) => Promise<{ readonly document: StoredDocument | undefined; readonly position: Position }>;
  /**
   * @throws UndeclaredField for a field or an operator the collection does not declare, or a value that is not
   * of the field's type; RangeError for a limit out of range.
   */
  readonly find: (name: string, query: Query) => Promise<Page>;
  /** Number of live documents per value of a field (null for those without it). */
  readonly countBy: (
    name: string,
    field: string,
    where: readonly Condition[],
  ) => Promise<{
    readonly counts: readonly { readonly value: Scalar | null; readonly count: number }[];
    readonly position: Position;
  }>;
  /**
   * The version of a document that held at a position, a tombstone where it was deleted then.
   * @throws UndeclaredField for a collection without `history`.
   */
  readonly getAt: (name: string, id: string, at: Position) => Promise<StoredDocument | undefined>;
  readonly close: () => Promise<void>;
};

export class UndeclaredField extends Error {
  override readonly name = 'UndeclaredField';
}

export class UnknownCollection extends Error {
  override readonly name = 'UnknownCollection';
}

/** A document no engine could keep: not canonical JSON, or a declared field of another type. Never retry it. */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused';
  readonly id: string;

  constructor(id: string, why: string, options?: ErrorOptions) {
    super(why, options);
    this.id = id;
  }
}
