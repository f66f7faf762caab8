import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';

/** An event: when it was recorded, and where. */
export type Mark = { readonly at: string; readonly position: Position };

/** What has no event before it. */
export const BEFORE_ALL: Mark = { at: '', position: START };

const MOST = 4096;

/** Times and positions that a search has passed, so that the next one need not begin at the start of the log. */
export const createMarks = () => {
  let marks: readonly Mark[] = [];
  return {
    note: (mark: Mark): void => {
      if (mark === BEFORE_ALL) return;
      if (marks.some(({ position }) => position === mark.position)) return;
      const all = [...marks, mark].sort((a, b) => (a.position < b.position ? -1 : 1));
      marks = all.length > MOST ? all.filter((_, index) => index % 2 === 0) : all;
    },
    /** The last one that was recorded at the time or before. */
    before: (time: string): Mark => marks.findLast(({ at }) => at <= time) ?? BEFORE_ALL,
  };
};
