import type { ReplayRow, ReplayView } from '../../projections/replays/read-model.ts';

/** How much of it is done, and how long the rest will take at the pace it has had since it runs. */
export const replayViewOf = ({ runs, ...row }: ReplayRow): ReplayView => {
  const done = row.replayed + row.failed + row.skipped;
  const { total } = row;
  return {
    ...row,
    percent: total === null ? null : percentOf(done, total),
    secondsLeft: runs === null || total === null ? null : secondsLeft(runs, row.progressedAt, total, done),
  };
};

/** Rounded down: 100 is said of nothing that is still to come to its end. */
const percentOf = (done: number, total: number): number =>
  total === 0 ? 100 : Math.floor((done * 1000) / total) / 10;

const secondsLeft = (
  { since, done: doneBefore }: NonNullable<ReplayRow['runs']>,
  progressedAt: string | null,
  total: number,
  done: number,
): number | null => {
  const ms = progressedAt === null ? 0 : Date.parse(progressedAt) - Date.parse(since);
  if (ms <= 0 || done <= doneBefore) return null;
  return Math.ceil(((total - done) * ms) / (done - doneBefore) / 1000);
};
