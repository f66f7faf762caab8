import type { DatabaseSync } from 'node:sqlite';
import { eventIdIn } from './body.ts';
import type { AppendReply, AppendRequest } from './protocol.ts';
import { EVENT_COLUMNS, eventRow, textIn } from './row.ts';
import type { StreamHead } from './heads.ts';
import { storedText } from './stored-text.ts';
import { uuidToBytes } from './uuid-bytes.ts';

/**
 * The answer where the stream's head is not the expected one: the stored events if exactly these ids and types
 * stand behind the expected head, else a conflict.
 */
export const behindHead = (db: DatabaseSync): ((request: AppendRequest, head: StreamHead) => AppendReply) => {
  const select = db.prepare(
    `SELECT ${EVENT_COLUMNS}, name FROM events JOIN types ON types.id = type_id
     WHERE stream_id = ? AND revision BETWEEN ? AND ? ORDER BY revision`,
  );
  return ({ expected, events }, head) => {
    const first = expected.revision + 1;
    const rows = select.all(head.id, first, first + events.length - 1);
    const isSame = events.every((event, index) => {
      const row = rows[index];
      if (row === undefined) return false;
      return (
        textIn(row['name']) === event.type && eventIdIn(eventRow(row).body).equals(uuidToBytes(event.eventId))
      );
    });
    if (!isSame) return { kind: 'conflict' };
    // A new decoder each time: what it remembers of a transaction rolled back later would be wrong.
    const toText = storedText(db);
    return { kind: 'stored', text: `[${rows.map((row) => toText(eventRow(row))).join(',')}]` };
  };
};
