import type { ReadStore } from '../../infra/read-store/port.ts';
import { DEAD_LETTERS, redriveProgress, redriveState } from '../../projections/dead-letters/read-model.ts';
import type { RedriveProgress } from '../../projections/dead-letters/read-model.ts';
import { has, totalOf } from '../list.ts';

/** How far a redrive is; undefined for one that no letter was selected by. */
export const getRedrive =
  (store: ReadStore) =>
  async (redriveId: string): Promise<RedriveProgress | undefined> => {
    const answers = await Promise.all(
      redriveState.options.map(async (state) => {
        const where = has('redrives', `${redriveId}/${state}`);
        const { counts, position } = await store.countBy(DEAD_LETTERS, 'state', where);
        return { state, count: totalOf(counts), position };
      }),
    );
    const total = totalOf(answers);
    if (total === 0) return undefined;
    const counted = answers.map(({ state, count }) => [state, count] as const);
    const counts = redriveProgress.shape.counts.parse(Object.fromEntries(counted));
    // Counted one after the other: what all of them reflect is what the oldest does.
    const position = answers.map((answer) => answer.position).reduce((a, b) => (a < b ? a : b));
    return { redriveId, counts, total, isOver: counts.selected + counts.redriving === 0, position };
  };
