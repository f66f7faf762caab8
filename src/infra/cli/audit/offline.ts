import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Call } from '../call.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import type { OpenedLog } from './local-log.ts';
import { tallyOf } from './report.ts';
import type { AuditReport } from './report.ts';

type Deps = Pick<Call, 'localLog' | 'text'>;

/** Reads log.db itself. @throws CliError when a server has it open, or there is none. */
export const auditOffline = async (
  call: Deps,
  stream: string | undefined,
  progress: Progress,
): Promise<AuditReport> => {
  const log = openLog(call);
  try {
    const audit = log.audit(stream);
    if (audit === undefined) throw new CliError(CLI_EXIT.notFound, `Stream not found: ${String(stream)}`);
    const tally = tallyOf(progress, () => audit.total);
    let done = 0;
    for (const { events, findings } of audit.steps) {
      tally.count(events - done, findings);
      done = events;
      // A Ctrl-C is heard between two steps.
      await nextTurn();
    }
    return tally.report({ scope: stream ?? 'everything', source: 'log.db', streams: null, head: null });
  } finally {
    log.close();
  }
};

const openLog = ({ localLog, text }: Deps): OpenedLog => {
  const dataDir = resolve(text('dataDir') ?? '.');
  const opened = localLog.open(dataDir);
  if (opened.kind === 'open') return opened.log;
  if (opened.kind === 'absent') throw new CliError(CLI_EXIT.notFound, `there is no log.db in ${dataDir}`);
  throw new CliError(CLI_EXIT.conflict, `a Skald process has ${dataDir} open: ask it, without --offline`);
};
