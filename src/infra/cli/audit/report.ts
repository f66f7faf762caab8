import type { Progress } from '../progress.ts';
import type { Finding } from './heads.ts';
import type { TrustedKeys } from './trusted-keys.ts';

const SHOWN = 100;

export type WitnessReport = {
  /** How many signed checkpoints there are; without any only the chains are proof. */
  readonly checkpoints: number;
  readonly lastSignedAt: string | null;
  /** Fingerprints of the keys they are signed with. */
  readonly keys: readonly string[];
  readonly keySource: TrustedKeys['source'] | null;
  /** Events that a checkpoint covers, and those after the last one. */
  readonly covered: number;
  readonly notYetCovered: number;
};

export type AuditReport = WitnessReport & {
  /** `everything`, a category, or the stream's name. */
  readonly scope: string;
  readonly source: 'server' | 'log.db';
  readonly events: number;
  readonly streams: number | null;
  readonly isIntact: boolean;
  /** How many findings there are; the first hundred follow. */
  readonly damaged: number;
  readonly findings: readonly Finding[];
  /** Hash of the last event of one stream: whoever noted it earlier can compare. */
  readonly head: string | null;
};

type Rest = WitnessReport & Pick<AuditReport, 'scope' | 'source' | 'streams' | 'head'>;

export type Tally = {
  readonly count: (events: number, found: readonly Finding[]) => void;
  readonly isIntact: () => boolean;
  readonly report: (rest: Rest) => AuditReport;
};

/** Adds up an audit and shows how it goes on. */
export const tallyOf = (progress: Progress, total: () => number | undefined): Tally => {
  const findings: Finding[] = [];
  let events = 0;
  let damaged = 0;
  return {
    count: (more, found) => {
      events += more;
      damaged += found.length;
      findings.push(...found.slice(0, SHOWN - findings.length));
      progress.at(events, total());
    },
    isIntact: () => damaged === 0,
    report: (rest) => ({ ...rest, events, isIntact: damaged === 0, damaged, findings }),
  };
};
