import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from '../port.ts';
import { eventIdIn } from './body.ts';
import type { AppendReply, AppendRequest } from './protocol.ts';
import type { EventRow } from './row.ts';
import { EVENT_COLUMNS, eventRow, rowsOf, textIn } from './row.ts';
import type { StreamHead } from './heads.ts';
import { knownIn } from './row-names.ts';
import { storedCheck } from './stored-check.ts';
import { eventDecoder } from './stored-event.ts';

/**
 * The answer where the stream's head is not the expected one: the stored events if exactly these ids and types
 * stand behind the expected head, else a conflict.
 */
export const behindHead = (db: DatabaseSync): ((request: AppendRequest, head: StreamHead) => AppendReply) => {
  const select = rowsOf(
    db.prepare(
      `SELECT ${EVENT_COLUMNS}, name FROM events JOIN types ON types.id = type_id
       WHERE stream_id = ? AND revision BETWEEN ? AND ? ORDER BY revision`,
    ),
  );
  return ({ expected, events }, head) => {
    const first = expected.revision + 1;
    const rows = [...select(head.id, first, first + events.length - 1)];
    const isSame = events.every((event, index) => {
      const row = rows[index];
      if (row === undefined) return false;
      return textIn(row.at(-1)) === event.type && eventIdIn(eventRow(row)) === event.eventId;
    });
    if (!isSame) return { kind: 'conflict' };
    return { kind: 'stored', text: JSON.stringify(checkedEvents(db, rows.map(eventRow))) };
  };
};

const checkedEvents = (db: DatabaseSync, rows: readonly EventRow[]): readonly StoredEvent[] => {
  // Made anew each time: what they remember of a transaction rolled back later would be wrong.
  const known = knownIn(db);
  rows.forEach(storedCheck(db, known));
  return eventDecoder(known)(rows);
};
