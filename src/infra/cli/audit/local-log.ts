import type { SeenEvent } from '../../../domain/checkpoint.ts';
import type { AuditedEvent, Finding } from './heads.ts';

export type LocalAudit = {
  /** How many events there are to check. */
  readonly total: number;
  /** Checks some thousand events at each step, and tells how many so far. */
  readonly steps: AsyncIterable<{ readonly events: number; readonly findings: readonly Finding[] }>;
};

/** A log that no server has open, held for this process until it is closed. */
export type OpenedLog = {
  /** As it stands in the file now. */
  readonly logId: string;
  /** Of everything, by several threads, or of one stream; undefined for an unknown stream. */
  readonly audit: (stream: string | undefined) => LocalAudit | undefined;
  /** Every event in the log's order, by name, revision and hash, as they are stored: unchecked. */
  readonly seen: () => Iterable<SeenEvent>;
  /** One stream from its start, unchecked; it ends where an event cannot be read. */
  readonly read: (stream: string) => Iterable<AuditedEvent>;
  readonly close: () => void;
};

export type LocalLog = {
  /** Read-only. @throws what the disk or the engine throws, and for a log of a newer version. */
  readonly open: (
    dataDir: string,
  ) =>
    | { readonly kind: 'open'; readonly log: OpenedLog }
    | { readonly kind: 'absent' }
    | { readonly kind: 'in-use' };
};
