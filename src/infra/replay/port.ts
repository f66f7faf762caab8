import type { ReplayedEvent } from '../../domain/replayed.ts';

/** Where a session's events go. */
export type ReplayDestination =
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'callback'; readonly url: string }
  | { readonly kind: 'sink' };

/** Not to be had, and trying again is no use. `code` is one of the problem table. */
export type TargetRefused = {
  readonly kind: 'refused';
  readonly code: 'target_not_allowed' | 'replay_file_taken';
  readonly detail: string;
};

export type Delivery =
  /** All of them arrived. */
  | { readonly kind: 'ok' }
  /** The signal aborted: some may have arrived. */
  | { readonly kind: 'aborted' }
  /** `failed`: given up after several tries; `skipped`: never to be taken. Of several events, one of them at least. */
  | { readonly kind: 'failed' | 'skipped'; readonly code: string; readonly detail: string };

export type ReplayTarget = {
  readonly kind: 'open';
  /** How many events it takes at once. */
  readonly most: number;
  /** Delivers in order. @throws what passes by itself: the same events come again. */
  readonly deliver: (events: readonly ReplayedEvent[], signal: AbortSignal) => Promise<Delivery>;
  /** What was delivered is durable when it resolves. Of a file: its length in bytes; null of anything else. */
  readonly settle: () => Promise<number | null>;
  readonly close: () => Promise<void>;
};

export type ReplayTargets = {
  /** Whether a session may go there at all, as far as the settings of this process say. */
  readonly check: (destination: ReplayDestination) => TargetRefused | undefined;
  /**
   * @param bytes how much of a file was durable when it was last recorded; null where nothing was. What is behind it
   * is cut off. @throws what passes by itself.
   */
  readonly open: (session: {
    readonly sessionId: string;
    readonly destination: ReplayDestination;
    readonly bytes: number | null;
    /** What keeps it from taking events for a while: it is tried again. */
    readonly onTrouble: (error: unknown) => void;
  }) => Promise<ReplayTarget | TargetRefused>;
};

/** What a session's sink holds, in the process that fills it. */
export type ReplaySinkContent = {
  readonly items: readonly ReplayedEvent[];
  /** How many older ones it has let go of. */
  readonly dropped: number;
};
