import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Call } from '../call.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import type { AuditedEvent, Finding } from './heads.ts';
import type { LocalAudit, OpenedLog } from './local-log.ts';
import { tallyOf } from './report.ts';
import type { AuditReport, Tally } from './report.ts';
import type { AuditSource } from './source.ts';
import { turnsOf } from './turns.ts';
import { noneOf, scopeText, witnessOf } from './witness.ts';
import type { Scope, Witness } from './witness.ts';

type Deps = Pick<Call, 'localLog' | 'text'>;

const AT_ONCE = 20_000;

/** Reads log.db itself. @throws CliError when a server has it open, or there is none. */
export const auditOffline = async (call: Deps, scope: Scope, progress: Progress): Promise<AuditReport> => {
  const log = openLog(call);
  try {
    const stream = scope.kind === 'stream' ? scope.name : undefined;
    const audit = log.audit(stream);
    const tally = tallyOf(progress, () => audit?.total);
    const witness = await witnessOf(call, sourceOf(log), scope);
    // One that was signed, and is not there, is a finding.
    if (audit === undefined && witness.coverage.missing().length === 0)
      throw new CliError(CLI_EXIT.notFound, `Stream not found: ${String(stream)}`);
    tally.count(0, witness.findings);
    if (audit !== undefined) await checkChains(audit, scope, tally);
    const looked = await compare(log, scope, { witness, tally });
    if (looked === 0 && tally.isIntact() && scope.kind === 'category') throw noneOf(scope.name);
    const seen = { scope: scopeText(scope), source: 'log.db', streams: null, head: null } as const;
    return tally.report({ ...seen, ...witness.report() });
  } finally {
    log.close();
  }
};

const checkChains = async (audit: LocalAudit, scope: Scope, tally: Tally): Promise<void> => {
  const isIn = ({ stream }: Finding): boolean =>
    scope.kind !== 'category' || stream.startsWith(`${scope.name}-`) || !stream.includes('-');
  let done = 0;
  for await (const { events, findings } of audit.steps) {
    tally.count(events - done, findings.filter(isIn));
    done = events;
  }
};

/** What is stored against what was signed. @returns how many events were looked at. */
const compare = async (
  log: OpenedLog,
  scope: Scope,
  { witness, tally }: { readonly witness: Witness; readonly tally: Tally },
): Promise<number> => {
  const { coverage } = witness;
  const turns = turnsOf();
  let looked = 0;
  for (const event of scope.kind === 'stream' ? log.read(scope.name) : log.seen()) {
    if (scope.kind === 'category' && !event.stream.startsWith(`${scope.name}-`)) continue;
    tally.count(0, coverage.seen(event));
    turns.seen(event);
    looked += 1;
    // A Ctrl-C is heard in between.
    if (looked % AT_ONCE === 0) await nextTurn();
  }
  tally.count(0, coverage.missing());
  // They say less than what was found before them, if anything was.
  if (tally.isIntact()) tally.count(0, [...coverage.orderFlaws(), ...turns.flaws()]);
  return looked;
};

const sourceOf = (log: OpenedLog): AuditSource => ({
  logId: log.logId,
  stream: async function* (name) {
    let events: AuditedEvent[] = [];
    for (const event of log.read(name)) {
      events.push(event);
      if (events.length < 100) continue;
      yield events;
      events = [];
      await nextTurn();
    }
    yield events;
  },
});

const openLog = ({ localLog, text }: Deps): OpenedLog => {
  const dataDir = resolve(text('dataDir') ?? '.');
  const opened = localLog.open(dataDir);
  if (opened.kind === 'open') return opened.log;
  if (opened.kind === 'absent') throw new CliError(CLI_EXIT.notFound, `there is no log.db in ${dataDir}`);
  throw new CliError(CLI_EXIT.conflict, `a Skald process has ${dataDir} open: ask it, without --offline`);
};
