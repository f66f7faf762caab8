import type { GroupLag, InRecord, TopicSpec } from '../port.ts';
import type { PackedRecords } from './packed-records.ts';

export type TopicPartition = { readonly topic: string; readonly partition: number };
export type Claimed = TopicPartition & { readonly position: number };

/** What a member says of itself; it must do so more often than the session timeout. */
export type Beat = {
  readonly group: string;
  readonly member: string;
  readonly topics: readonly string[];
  /** What it still works at and may not be given to another yet. */
  readonly busy: readonly TopicPartition[];
  readonly now: number;
  readonly sessionTimeoutMs: number;
};

export type BusRequest =
  | { readonly kind: 'ensure'; readonly topics: readonly TopicSpec[]; readonly now: number }
  | { readonly kind: 'publish'; readonly records: PackedRecords; readonly now: number }
  | { readonly kind: 'beat'; readonly beat: Beat }
  | { readonly kind: 'leave'; readonly group: string; readonly member: string }
  | { readonly kind: 'poll'; readonly group: string; readonly wants: readonly Claimed[] }
  | { readonly kind: 'look' }
  | { readonly kind: 'commit'; readonly group: string; readonly member: string; readonly to: Claimed }
  | { readonly kind: 'lag'; readonly group: string; readonly topics: readonly string[] }
  | { readonly kind: 'expire'; readonly now: number };

export type Beaten = {
  readonly generation: number;
  readonly claimed: readonly Claimed[];
  /** Claimed, but another's turn: finish the record under way and let go. */
  readonly surplus: readonly TopicPartition[];
};

export type BusReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'unknown_topic'; readonly topic: string }
  | { readonly kind: 'beaten'; readonly beaten: Beaten }
  | { readonly kind: 'polled'; readonly generation: number; readonly records: readonly InRecord[] }
  | { readonly kind: 'seen'; readonly state: number }
  /** The partition is no longer this member's: somebody else will read the record again. */
  | { readonly kind: 'not_claimed' }
  | { readonly kind: 'lag'; readonly lag: readonly GroupLag[] }
  | { readonly kind: 'expired'; readonly isMore: boolean }
  | { readonly kind: 'failed'; readonly detail: string };

export type BusHello =
  { readonly kind: 'open'; readonly id: string } | { readonly kind: 'unusable'; readonly detail: string };
