import type { AsOf } from '../../../queries/as-of/as-of.ts';
import type { Queries } from '../../../queries/queries.ts';
import type { CursorCodec } from '../cursor.ts';

/** What routes are given that may be asked about the past. */
export type AsOfDeps = {
  readonly asOf: AsOf;
  readonly cursor: CursorCodec;
  /** Where the log ends. */
  readonly queries: Pick<Queries, 'isBeyondEnd' | 'lastPosition'>;
  /** Aborts when the server begins to shut down: whoever waits answers with what there is. */
  readonly drain: AbortSignal;
};
