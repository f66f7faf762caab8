import type { Position } from '../event-store/port.ts';
import type { Body, Condition } from '../read-store/port.ts';
import type { Refused } from './port.ts';

export type DocumentFrame =
  | {
      readonly kind: 'snapshot-document';
      readonly id: string;
      readonly position: Position;
      readonly body: Body;
    }
  /** The snapshot is whole: it reflects every event up to here, and every later change follows. */
  | { readonly kind: 'snapshot-end'; readonly position: Position }
  /** `body: null`: the document was deleted, or no longer meets the conditions. */
  | {
      readonly kind: 'changed';
      readonly id: string;
      readonly position: Position;
      readonly body: Body | null;
    };

export type DocumentSelection = { readonly collection: string; readonly where: readonly Condition[] };

/** The documents of a read model as they are, then every change. */
export type DocumentFeed = {
  /** Why such a feed cannot be had (unknown collection, undeclared field); undefined where it can. */
  readonly refusalOf: (selection: DocumentSelection) => Omit<Refused, 'kind'> | undefined;
  /**
   * Snapshot at a position, then all changes after it. The consumer pulls; an implementation may merge the
   * changes of a document that wait. Ends when the signal aborts; throws when the read model fails.
   */
  readonly subscribe: (
    request: DocumentSelection & { readonly signal: AbortSignal },
  ) => AsyncIterable<DocumentFrame>;
};
