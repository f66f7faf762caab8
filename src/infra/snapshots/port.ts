import type { Position } from '../event-store/port.ts';

/** What was made of every event up to a position. */
export type Snapshot = { readonly position: Position; readonly body: unknown };

/**
 * Things made from the log, kept so that a start need not make them again. Each may be lost at any time, or be that of
 * another log: then there is none, and it is made anew.
 */
export type Snapshots = {
  /** Undefined where there is none for this log, or it is damaged. @param name `[a-z][a-z-]*` */
  readonly load: (name: string) => Promise<Snapshot | undefined>;
  /** Replaces the one before it, all of it or nothing. @param snapshot plain JSON */
  readonly save: (name: string, snapshot: Snapshot) => Promise<void>;
};
