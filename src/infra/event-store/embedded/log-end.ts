import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { bodyIn } from './body.ts';
import { recordedAtIn } from './common-bytes.ts';
import { EVENT_COLUMNS, aloneIn, bytesIn, eventRow, rowsOf } from './row.ts';
import { commonOf, knownIn } from './row-names.ts';
import { storedCheck } from './stored-check.ts';

/** Number and time of the last event. */
export type End = { readonly position: number; readonly recordedAtMs: number };

const TAIL = 1000;

/** @throws RangeError when the last append cannot be read: time could go back behind it. */
export const endOf = (db: DatabaseSync): End => {
  const [last] = rowsOf(db.prepare(`SELECT ${EVENT_COLUMNS} FROM events ORDER BY position DESC LIMIT 1`))();
  if (last === undefined) return { position: 0, recordedAtMs: 0 };
  const row = eventRow(last);
  const { position } = row;
  const first = position - bodyIn(row).index;
  const body = db.prepare('SELECT body FROM events WHERE position = ?').get(first)?.['body'];
  return { position, recordedAtMs: recordedAtIn(commonOf(aloneIn(bytesIn(body)))) };
};

/** Checks the hash chain over the last 1000 events; what is wrong with each bad one, empty when all is well. */
export const damageInTail = (db: DatabaseSync, end: End): readonly string[] => {
  const check = storedCheck(db, knownIn(db));
  const rows = rowsOf(db.prepare(`SELECT ${EVENT_COLUMNS} FROM events WHERE position > ? ORDER BY position`));
  const found: string[] = [];
  for (const row of rows(end.position - TAIL)) {
    try {
      check(eventRow(row));
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
      found.push(error.message);
    }
  }
  return found;
};
