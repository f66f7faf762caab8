import type { ReadStore } from '../../infra/read-store/port.ts';
import { DEAD_LETTERS, redriveState } from '../../projections/dead-letters/read-model.ts';
import type { RedriveProgress } from '../../projections/dead-letters/read-model.ts';
import { has } from '../list.ts';

/** How far a redrive is; undefined for one that no letter was selected by. */
export const getRedrive =
  (store: ReadStore) =>
  async (redriveId: string): Promise<RedriveProgress | undefined> => {
    const answers = await Promise.all(
      redriveState.options.map((state) =>
        store.countBy(DEAD_LETTERS, 'state', has('redrives', `${redriveId}/${state}`)),
      ),
    );
    const totals = answers.map(({ counts }) => counts.reduce((sum, { count }) => sum + count, 0));
    const countIn = (state: (typeof redriveState.options)[number]): number =>
      totals[redriveState.options.indexOf(state)] ?? 0;
    const counts = {
      selected: countIn('selected'),
      redriving: countIn('redriving'),
      resolved: countIn('resolved'),
      'parked-again': countIn('parked-again'),
      discarded: countIn('discarded'),
    };
    const total = totals.reduce((sum, count) => sum + count, 0);
    if (total === 0) return undefined;
    // Counted one after the other: what all of them reflect is what the oldest does.
    const position = answers.map((answer) => answer.position).reduce((a, b) => (a < b ? a : b));
    return { redriveId, counts, total, isOver: counts.selected + counts.redriving === 0, position };
  };
