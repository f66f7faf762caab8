import { parentPort } from 'node:worker_threads';
import { openDatabase } from '../../sqlite/open.ts';
import { serve } from '../../sqlite/serve.ts';
import { stepsIn } from './audit-log.ts';
import type { AuditFinding, AuditRange } from './audit-log.ts';
import { refusal } from './hello.ts';
import { threadOptions } from './thread-options.ts';

/** What a range holds; the thread's whole answer to it. */
export type RangeAudit = { readonly events: number; readonly findings: readonly AuditFinding[] };

const start = (path: string): void => {
  const db = openDatabase(path, { readOnly: true });
  const audit = (range: AuditRange): RangeAudit => {
    const findings: AuditFinding[] = [];
    let events = 0;
    for (const step of stepsIn(db, range)) {
      events = step.events;
      findings.push(...step.findings);
    }
    return { events, findings };
  };
  serve<AuditRange, RangeAudit>(
    { kind: 'reading' },
    {
      atOnce: 1,
      answer: (ranges) => ranges.map(audit),
      close: () => {
        db.close();
      },
    },
  );
};

try {
  start(threadOptions().path);
} catch (error) {
  parentPort?.postMessage(refusal(error));
}
