import type { Position } from '../event-store/port.ts';
import type { ReadStore } from '../read-store/port.ts';

/** How far a build is. */
export type StillBuilding = {
  readonly kind: 'building';
  /** False while others are built first. */
  readonly isBegun: boolean;
  /** Events taken up so far, and when the last of them was recorded; null before the first. */
  readonly events: number;
  readonly recordedAt: string | null;
};

export type PastStore =
  | {
      readonly kind: 'ready';
      /** Reflects exactly the events up to the position. Nobody writes to it. */
      readonly readStore: ReadStore;
      /** To be called once, when nothing more is asked of it. */
      readonly release: () => void;
    }
  | StillBuilding;

/** Read models as they were, made from the log when somebody asks, and kept for a while. */
export type PastStores = {
  /**
   * The read models at a position the log has reached. What is not made when the signal aborts is told as `building`,
   * and goes on being made. @throws what the log, the disk or the projections threw while it was made.
   */
  readonly at: (position: Position, signal: AbortSignal) => Promise<PastStore>;
  /** Ends what is being made and drops what is kept. */
  readonly close: () => Promise<void>;
};
