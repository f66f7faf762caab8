import { Option } from 'commander';
import type { Command } from 'commander';
import { auditOffline } from '../audit/offline.ts';
import { auditServer } from '../audit/over-http.ts';
import type { AuditReport } from '../audit/report.ts';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { cardWithTable } from '../output.ts';
import { count, progressLine } from '../progress.ts';

export const auditCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'verify [stream]',
    summary: 'recompute the hash chain of a stream, or of everything',
    example: 'audit verify saga-0198f3a0-2222-7abc-8def-000000000002',
    options: [
      new Option('--offline', 'read log.db itself; no server may have it open'),
      new Option('--data-dir <path>', 'for --offline, else DATA_DIR').default(deps.defaults.dataDir),
    ],
    run: verify,
  });
};

const verify = async (call: Call): Promise<void> => {
  const progress = progressLine(call.io, call.clock, 'events');
  const audit = call.flag('offline') ? auditOffline : auditServer;
  const report = await audit(call, call.args[0], progress);
  progress.end();
  await call.output.one(report, () => textOf(report));
  if (!report.isIntact) throw new CliError(CLI_EXIT.failure, `${count(report.damaged)} findings: see above`);
};

const textOf = (report: AuditReport): string => {
  const answer = report.isIntact ? 'intact' : 'DAMAGED';
  return cardWithTable(
    { ...report, answer },
    {
      head: {
        CHAIN: 'answer',
        SCOPE: 'scope',
        SOURCE: 'source',
        EVENTS: 'events',
        STREAMS: 'streams',
        HEAD: 'head',
      },
      title: 'Findings',
      rows: { STREAM: 'stream', REVISION: 'revision', DETAIL: 'detail' },
      of: report.findings,
    },
  );
};
