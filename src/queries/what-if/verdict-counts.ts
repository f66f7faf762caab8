import type { RunWhatIfView, VerdictCounts } from './what-if-view.ts';

/** How many of these runs there are by verdict. */
export const countsOf = (runs: readonly Pick<RunWhatIfView, 'verdict'>[]): VerdictCounts => {
  const having = (verdict: RunWhatIfView['verdict']): number =>
    runs.filter((run) => run.verdict === verdict).length;
  return {
    compatible: having('compatible'),
    needsMapping: having('needs-mapping'),
    stuck: having('stuck'),
    ended: having(null),
  };
};
