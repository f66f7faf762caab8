import type { Finding } from './heads.ts';

export type LocalAudit = {
  /** How many events there are to check. */
  readonly total: number;
  /** Checks some thousand events at each step, and tells how many so far. */
  readonly steps: Iterable<{ readonly events: number; readonly findings: readonly Finding[] }>;
};

/** A log that no server has open, held for this process until it is closed. */
export type OpenedLog = {
  /** Of everything, or of one stream; undefined for an unknown stream. */
  readonly audit: (stream: string | undefined) => LocalAudit | undefined;
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
