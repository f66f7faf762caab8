import type { AsOf } from '../../../queries/as-of/as-of.ts';
import type { CursorCodec } from '../cursor.ts';

/** What routes are given that may be asked about the past. */
export type AsOfDeps = {
  readonly asOf: AsOf;
  readonly cursor: CursorCodec;
  /** Aborts when the server begins to shut down: whoever waits answers with what there is. */
  readonly drain: AbortSignal;
};
