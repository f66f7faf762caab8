import type { Position } from './port.ts';

/** Stored bytes are not what was written: nothing of that stream from `revision` on is served. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
  readonly stream: string;
  /** The first bad revision, -1 where the damage hides it. */
  readonly revision: number;
  /** What is wrong there; the message says where, too. */
  readonly detail: string;
  /** Of that event, where it is known. */
  readonly position: Position | undefined;

  constructor(stream: string, revision: number, detail: string, position?: Position) {
    super(`stream ${stream} is damaged at revision ${String(revision)}: ${detail}`);
    this.stream = stream;
    this.revision = revision;
    this.detail = detail;
    this.position = position;
  }
}

/** A newer Skald wrote this log: this one must not touch it (exit code 78). */
export class NewerLayout extends Error {
  override readonly name = 'NewerLayout';
}

/** A position after the end of this log: it comes from another log, or this one lost its tail. */
export class PositionUnknown extends Error {
  override readonly name = 'PositionUnknown';
}

/** The store was closed, or its log failed and the process must stop. */
export class StoreClosed extends Error {
  override readonly name = 'StoreClosed';
}

/** The store's server did not answer in time or cannot be reached: nothing is known to be wrong with the log. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
