import type { Call } from '../call.ts';
import { progressLine } from '../progress.ts';
import type { Flaw, Line } from './lines.ts';

/** Further ones are counted. */
const MOST_NAMED = 1000;

/** What has become of the lines so far; shows how it goes on. */
export const tallyOf = ({ io, clock }: Pick<Call, 'io' | 'clock'>, total: number | undefined) => {
  const counts = new Map<string, number>();
  const open = new Set<number>();
  const progress = progressLine(io, clock, 'lines');
  const start = clock.now();
  let highest = 0;
  const count = (outcome: string): void => {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const done = [...counts.values()].reduce((sum, each) => sum + each, 0);
    progress.at(done, total === undefined ? undefined : Math.max(total, done));
  };
  const of = (outcome: string): number => counts.get(outcome) ?? 0;
  return {
    count,
    onFlaw: ({ number, why }: Flaw): void => {
      count('bad');
      if (of('bad') <= MOST_NAMED) io.say(`line ${number}: ${why}`);
      if (of('bad') === MOST_NAMED) io.say('further bad lines are only counted');
    },
    begin: (line: Line | undefined): void => {
      open.add(line?.number ?? 0);
      highest = Math.max(highest, line?.number ?? 0);
    },
    end: (line: Line | undefined): unknown => open.delete(line?.number ?? 0),
    /** Every line before it is done. */
    resumeAt: (): number => (open.size === 0 ? highest + 1 : Math.min(...open)),
    summary: () => {
      progress.end();
      const seconds = (clock.now() - start) / 1000;
      const [received, repeated, valid, bad] = ['received', 'repeated', 'valid', 'bad'].map(of);
      const all = [...counts.values()].reduce((sum, each) => sum + each, 0);
      const perSecond = seconds === 0 ? all : Math.round(all / seconds);
      return { received, repeated, valid, bad: bad ?? 0, seconds: Number(seconds.toFixed(1)), perSecond };
    },
  };
};
