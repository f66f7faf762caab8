import { Option } from 'commander';
import type { Command } from 'commander';
import { auditOffline } from '../audit/offline.ts';
import { auditServer } from '../audit/over-http.ts';
import type { AuditReport } from '../audit/report.ts';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { scopeOf } from '../audit/witness.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { cardWithTable } from '../output.ts';
import { count, progressLine } from '../progress.ts';

export const auditCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'verify [stream]',
    summary:
      'recompute the hash chain of a stream, a category or everything, and compare with what was signed',
    example: 'audit verify saga-0198f3a0-2222-7abc-8def-000000000002',
    options: [
      new Option('--category <name>', 'every stream of a category, as saga'),
      new Option('--checkpoints <directory>', 'checkpoints that were published: the log must have them'),
      publicKeyOption(),
      new Option('--offline', 'read log.db itself; no server may have it open'),
      new Option('--data-dir <path>', 'for --offline, else DATA_DIR').default(deps.defaults.dataDir),
    ],
    run: verify,
  });
};

export const publicKeyOption = () =>
  new Option('--public-key <file>', 'whose signatures count (PEM); else what the log says is shown');

const verify = async (call: Call): Promise<void> => {
  const [stream] = call.args;
  const category = call.text('category');
  if (stream !== undefined && category !== undefined) throw usageError('either a stream or --category');
  const progress = progressLine(call.io, call.clock, 'events');
  const audit = call.flag('offline') ? auditOffline : auditServer;
  const report = await audit(call, scopeOf(stream, category), progress);
  progress.end();
  await call.output.one(report, () => textOf(report));
  if (!report.isIntact) throw new CliError(CLI_EXIT.failure, `${count(report.damaged)} findings: see above`);
  requireSigned(call, report);
};

/** Whoever gives a key asks for a proof: chains alone could have been computed anew. @throws CliError */
export const requireSigned = (call: Pick<Call, 'text'>, { keys }: Pick<AuditReport, 'keys'>): void => {
  if (call.text('publicKey') === undefined || keys.length > 0) return;
  throw new CliError(CLI_EXIT.failure, 'no signed checkpoint is there: nothing is proven by the key given');
};

const textOf = (report: AuditReport): string => {
  const answer = report.isIntact ? 'intact' : 'DAMAGED';
  return cardWithTable(
    { ...report, answer, ...signatureTexts(report) },
    {
      head: {
        CHAIN: 'answer',
        SCOPE: 'scope',
        SOURCE: 'source',
        EVENTS: 'events',
        STREAMS: 'streams',
        HEAD: 'head',
        SIGNED: 'signed',
        KEY: 'key',
        COVERED: 'covered',
        'NOT YET COVERED': 'notYetCovered',
      },
      title: 'Findings',
      rows: { STREAM: 'stream', REVISION: 'revision', DETAIL: 'detail' },
      of: report.findings,
    },
  );
};

type Signatures = Pick<AuditReport, 'keys' | 'keySource'> &
  Partial<Pick<AuditReport, 'checkpoints' | 'lastSignedAt'>>;

/** Who signed, and whether that is more than the word of who is checked. */
export const signatureTexts = ({ checkpoints = 0, lastSignedAt = null, keys, keySource }: Signatures) => ({
  signed:
    checkpoints === 0 ? 'no signed checkpoints' : `${count(checkpoints)} checkpoints, last ${lastSignedAt}`,
  key: keys.length === 0 ? null : `${keys.join(', ')} (${keySource === 'given' ? 'the one given' : CLAIMED})`,
});

const CLAIMED = 'its own word: compare it, or give --public-key';
