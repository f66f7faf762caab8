/** A topic as it must be: created where it is missing, altered where it differs. Partitions are never taken away. */
export type TopicSpec = {
  /** `[A-Za-z0-9._-]{1,249}`. */
  readonly name: string;
  readonly partitions: number;
  /** How long records are kept, in milliseconds; -1 for ever. */
  readonly retentionMs: number;
  /**
   * For how long more a record may be kept because it lies with younger ones, in milliseconds; the bus's own choice
   * where nothing is said. A bus that deletes each by itself never does.
   */
  readonly segmentMs?: number;
  /** How many brokers keep it, where it is made; their own number where nothing is said. One bus alone has no others. */
  readonly replicas?: number;
};

export type Header = readonly [name: string, value: Uint8Array];

/** On its way out: a text goes as UTF-8. */
export type OutHeader = readonly [name: string, value: Uint8Array | string];

/** A record to publish. Records of one key, and those without one, keep their order and go to one partition. */
export type OutRecord = {
  readonly topic: string;
  readonly key: string | null;
  /** A text goes as UTF-8. */
  readonly value: Uint8Array | string | null;
  readonly headers: readonly OutHeader[];
};

/** A record as it was received: nothing of it has been looked at. */
export type InRecord = {
  readonly topic: string;
  readonly partition: number;
  /** Decimal digits. */
  readonly offset: string;
  /** Milliseconds since the epoch, as the producer or the broker set it. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
};

export type PublishResult =
  /** Every record is as durable as the topic makes it. */
  | { readonly kind: 'ok' }
  /** None, some or all were written: publish them all again, in the same order. */
  | { readonly kind: 'ambiguous'; readonly cause: unknown }
  /** Retrying the same records cannot succeed. */
  | {
      readonly kind: 'refused';
      readonly code: 'too_large' | 'unknown_topic' | 'closed';
      readonly detail: string;
    };

export type ConsumerOptions = {
  readonly group: string;
  /** Read from their start where the group has no offset yet. */
  readonly topics: readonly string[];
  /**
   * Takes one record; those of one partition one after the other, those of different partitions at the same time.
   * Once it resolves the offset is committed; where it rejects, the same record comes again after a pause, and what
   * follows it on that partition waits.
   */
  readonly handle: (record: InRecord, signal: AbortSignal) => Promise<void>;
  /** Called before the first record after each assignment of partitions; handling waits for it. */
  readonly onAssigned?: () => Promise<void>;
  /** A crash, a rejected record: it is tried again. */
  readonly onTrouble: (error: unknown) => void;
  /** No progress after five crashes in a row: the process must end. */
  readonly onFatal: (error: unknown) => void;
};

export type Consumer = {
  /** Reads these topics from now on; the same ones change nothing. */
  readonly setTopics: (topics: readonly string[]) => Promise<void>;
  /** Lets the records under way finish, commits, and leaves the group. */
  readonly stop: () => Promise<void>;
};

export type GroupLag = {
  readonly topic: string;
  readonly partition: number;
  /** Next offset the group will read. */
  readonly offset: string;
  /** Offset the next published record will get. */
  readonly end: string;
};

/** The public contract's way in and out. At least once in both directions: whoever reads dedupes by id. */
export type MessageBus = {
  /** Names this bus: with topic, partition and offset it names a record. */
  readonly id: string;
  readonly ensureTopics: (topics: readonly TopicSpec[]) => Promise<void>;
  /** Resolves once the broker has acknowledged all of them, within a deadline of 30 s. Calls run one after the other. */
  readonly publish: (records: readonly OutRecord[]) => Promise<PublishResult>;
  readonly consume: (options: ConsumerOptions) => Promise<Consumer>;
  readonly lag: (group: string, topics: readonly string[]) => Promise<readonly GroupLag[]>;
  /** Stops consumers, finishes what is being published. Later calls are refused with `closed`. */
  readonly close: () => Promise<void>;
};

/**
 * Names a record no client can decode: a damaged batch, an unknown codec, a bomb. It comes to `handle` in the place of
 * the whole batch, three times seen alike, with the offset of the batch's first record, no key, the batch as it is
 * stored (its first 64 KiB) as value, and this header with the reason in words.
 */
export const UNDECODABLE = 'skald-undecodable';
/** The last offset of the batch: behind it the group goes on. Decimal digits. */
export const UNDECODABLE_LAST_OFFSET = 'skald-undecodable-last-offset';
/** How many bytes the batch has as it is stored. Decimal digits. */
export const UNDECODABLE_BYTES = 'skald-undecodable-bytes';
