import type { Call } from '../call.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import { checkEvents, tailFlaw } from './log-check.ts';
import { tallyOf } from './report.ts';
import type { AuditReport } from './report.ts';
import { checkSight, serverSource } from './server-source.ts';
import type { Page } from './server-source.ts';
import { noneOf, scopeText, witnessOf } from './witness.ts';
import type { Scope } from './witness.ts';

type Deps = Pick<Call, 'api' | 'chain' | 'text'>;

/** Has the server send every event, and computes the chain here: its word alone is not taken for it. */
export const auditServer = async (call: Deps, scope: Scope, progress: Progress): Promise<AuditReport> => {
  await checkSight(call.api, scope);
  const source = serverSource(call.api);
  const witness = await witnessOf(call, source, scope);
  let total: number | undefined;
  const tally = tallyOf(progress, () => total);
  async function* counted(pages: AsyncIterable<Page>) {
    try {
      for await (const { items, head } of pages) {
        total = head === undefined ? undefined : head + 1;
        yield items;
      }
    } catch (error) {
      // One that was signed, and is not there, is a finding.
      const isGone = error instanceof CliError && error.exit === CLI_EXIT.notFound;
      if (!isGone || witness.coverage.missing().length === 0) throw error;
    }
  }
  const heads = await checkEvents(counted(source.pages(scope)), { chain: call.chain, witness, tally });
  const isEmpty = heads.streams() === 0 && tally.isIntact();
  if (isEmpty && scope.kind === 'category') throw noneOf(scope.name);
  const seen = { source: 'server', scope: scopeText(scope), streams: heads.streams() } as const;
  if (scope.kind !== 'stream') return tally.report({ ...seen, ...witness.report(), head: null });
  const last = heads.of(scope.name);
  if (tally.isIntact()) tally.count(0, tailFlaw(scope.name, last, total));
  return tally.report({ ...seen, ...witness.report(), head: last.hash });
};
