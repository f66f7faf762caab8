import { z } from 'zod';
import type { Progress } from '../progress.ts';
import type { Finding } from './heads.ts';

const SHOWN = 100;

const witnessReport = z.object({
  /** How many signed checkpoints there are; without any only the chains are proof. */
  checkpoints: z.int(),
  lastSignedAt: z.string().nullable(),
  /** Fingerprints of the keys they are signed with. */
  keys: z.array(z.string()).readonly(),
  /** `given` by the auditor, or only `claimed` by the log. */
  keySource: z.enum(['given', 'claimed']).nullable(),
  /** Events that a checkpoint covers, and those after the last one. */
  covered: z.int(),
  notYetCovered: z.int(),
});
export type WitnessReport = z.output<typeof witnessReport>;

export const auditReport = witnessReport.extend({
  /** `everything`, a category, or the stream's name. */
  scope: z.string(),
  source: z.enum(['server', 'log.db']),
  events: z.int(),
  streams: z.int().nullable(),
  isIntact: z.boolean(),
  /** How many findings there are; the first hundred follow. */
  damaged: z.int(),
  findings: z.array(z.object({ stream: z.string(), revision: z.int(), detail: z.string() })),
  /** Hash of the last event of one stream: whoever noted it earlier can compare. */
  head: z.string().nullable(),
});
export type AuditReport = z.output<typeof auditReport>;

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
