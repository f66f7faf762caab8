import type { DatabaseSync } from 'node:sqlite';
import type { Page } from './page.ts';
import { pagesOf } from './page.ts';
import { OF_STREAMS } from './selects.ts';

// Where categories hold no more than this, their events are found by stream instead of by going through the log.
const MOST_STREAMS = 2000;
const MOST_EVENTS = 20_000;

const OF_CATEGORY = 'SELECT id, head FROM streams WHERE name >= ? AND name < ? LIMIT ?';

export type Sparse = (after: number, until: number, max: number) => Page;

/** The events of categories that hold few; undefined where they hold many. */
export const sparseReads = (db: DatabaseSync): ((categories: readonly string[]) => Sparse | undefined) => {
  const ofCategory = db.prepare(OF_CATEGORY);
  const ofStreams = pagesOf(db, OF_STREAMS);
  return (categories) => {
    const ids: number[] = [];
    let events = 0;
    for (const category of categories) {
      // '.' follows '-': everything in between begins with the category's name and a dash.
      for (const { id, head } of ofCategory.iterate(`${category}-`, `${category}.`, MOST_STREAMS + 1)) {
        ids.push(Number(id));
        events += Number(head) + 1;
        if (ids.length > MOST_STREAMS || events > MOST_EVENTS) return undefined;
      }
    }
    const streams = JSON.stringify(ids);
    return (after, until, max) => ofStreams(until - after, streams, after, until, max);
  };
};
