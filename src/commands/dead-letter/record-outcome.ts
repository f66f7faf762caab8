import type { InRecord } from '../../infra/message-bus/port.ts';
import type { Position } from '../../infra/event-store/port.ts';

/** What became of a record that came in (I-31). Its offset may be committed in every case but `again`. */
export type RecordOutcome =
  /** It is in the log, now or since an earlier delivery. */
  | {
      readonly kind: 'done';
      readonly position: Position | null;
      /** The instance it became, where it became one. */
      readonly instanceId?: string;
    }
  /** It changes nothing and never will: noted and forgotten. */
  | {
      readonly kind: 'noted';
      readonly reason:
        'duplicate' | 'late' | 'unknown_run' | 'unknown_step' | 'replayed' | 'own_message' | 'empty';
    }
  /** It cannot be taken as it is: a person must look at it. */
  | {
      readonly kind: 'poison';
      /** A code of the problem table. */
      readonly code: string;
      /** In words, without the record's own content. */
      readonly detail: string;
      /** Where in the record, as a JSON Pointer. */
      readonly pointer?: string;
      /** The run it was meant for, where that can be told. */
      readonly flowId?: string;
      /** The instance it was meant for, an int64 in decimal digits, where that can be told. */
      readonly instanceId?: string;
    }
  /** Not now: the log or the keys do not answer. */
  | { readonly kind: 'again'; readonly detail: string };

/**
 * Takes one record in. The same record and edition has the same command id, so taking it twice changes nothing.
 * @param edition 0 for the record as it came, n for its n-th edit.
 */
export type HandleRecord = (record: InRecord, edition: number) => Promise<RecordOutcome>;
