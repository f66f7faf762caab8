import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { unpackBody } from './body.ts';
import { EVENT_COLUMNS, bytesIn, eventRow, rowsOf, textIn } from './row.ts';
import { storedCheck } from './stored-json.ts';

/** Number and time of the last event. */
export type End = { readonly position: number; readonly recordedAtMs: number };

const TAIL = 1000;

/** @throws RangeError when the last append cannot be read: time could go back behind it. */
export const endOf = (db: DatabaseSync): End => {
  const [last] = rowsOf(db.prepare(`SELECT ${EVENT_COLUMNS} FROM events ORDER BY position DESC LIMIT 1`))();
  if (last === undefined) return { position: 0, recordedAtMs: 0 };
  const { position, streamId, body } = eventRow(last);
  const name = textIn(db.prepare('SELECT name FROM streams WHERE id = ?').get(streamId)?.['name']);
  const first = position - unpackBody(name, body).index;
  const row = db.prepare('SELECT body FROM events WHERE position = ?').get(first);
  const common = unpackBody(name, bytesIn(row?.['body'])).common;
  if (common === undefined) throw new RangeError('the last append has no metadata');
  return { position, recordedAtMs: common.recordedAtMs };
};

/** Checks the hash chain over the last 1000 events; what is wrong with each bad one, empty when all is well. */
export const damageInTail = (db: DatabaseSync, end: End): readonly string[] => {
  const check = storedCheck(db);
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
