import { z } from 'zod';
import type { Progress } from '../progress.ts';
import type { Finding } from './heads.ts';

const SHOWN = 100;

export const auditReport = z.object({
  /** `everything`, or the stream's name. */
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

export type Tally = {
  readonly count: (events: number, found: readonly Finding[]) => void;
  readonly report: (rest: Pick<AuditReport, 'scope' | 'source' | 'streams' | 'head'>) => AuditReport;
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
    report: (rest) => ({ ...rest, events, isIntact: damaged === 0, damaged, findings }),
  };
};
