import type { DatabaseSync } from 'node:sqlite';
import type { Columns } from './row.ts';
import { EVENT_COLUMNS, rowsOf } from './row.ts';

// Where categories hold no more than this, their events are found by stream instead of by going through the log.
const MOST_STREAMS = 2000;
const MOST_EVENTS = 20_000;

const OF_CATEGORY = 'SELECT id, head FROM streams WHERE name >= ? AND name < ? LIMIT ?';
// The signs keep the engine from walking along the positions.
const BY_STREAM = `
  SELECT ${EVENT_COLUMNS} FROM events
  WHERE stream_id IN (SELECT value FROM json_each(?)) AND +position > ? AND +position <= ?
  ORDER BY +position LIMIT ?`;

export type Sparse = (after: number, until: number, max: number) => Iterable<Columns>;

/** The events of categories that hold few; undefined where they hold many. */
export const sparseReads = (db: DatabaseSync): ((categories: readonly string[]) => Sparse | undefined) => {
  const ofCategory = db.prepare(OF_CATEGORY);
  const byStream = rowsOf(db.prepare(BY_STREAM));
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
    return (after, until, max) => byStream(streams, after, until, max);
  };
};
