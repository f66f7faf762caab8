export type LogPosition = { readonly commit: bigint; readonly prepare: bigint };

/** What a client proposes. Ids are lower-case UUIDs. */
export type ProposedEvent = {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
};

/** What the wire leaves out of a record, to show a client something no correct server sends. */
export type Defect = 'no_id' | 'no_stream' | 'no_type';

export type LogRecord = ProposedEvent & {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: LogPosition;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly defect?: Defect;
};

export type Expected = bigint | 'no_stream' | 'any' | 'stream_exists';

export type CommitResult =
  | { readonly kind: 'committed'; readonly last: bigint; readonly position: LogPosition | undefined }
  | { readonly kind: 'idempotent'; readonly last: bigint }
  /** The events are in the log but not replicated: the server drops the request and waits for the next retry. */
  | { readonly kind: 'not_ready' }
  | { readonly kind: 'wrong_version'; readonly current: bigint }
  | { readonly kind: 'deleted' };

/** The revision a tombstone is stored at, the largest the server knows. */
export const TOMBSTONE_REVISION = 9_223_372_036_854_775_807n;

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);

export const comparePositions = (one: LogPosition, other: LogPosition): number =>
  compare(one.commit, other.commit) || compare(one.prepare, other.prepare);
