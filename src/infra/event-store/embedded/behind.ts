import type { DatabaseSync } from 'node:sqlite';
import { eventIdIn } from './body.ts';
import type { PackedAppend } from './packed-views.ts';
import { eventIdOf } from './packed-views.ts';
import type { AppendReply } from './protocol.ts';
import { EVENT_COLUMNS, eventRow, rowsOf, textIn } from './row.ts';
import type { StreamHead } from './heads.ts';
import { storedJson } from './stored-json.ts';
import { taken } from './take.ts';

/**
 * The answer where the stream's head is not the expected one: the stored events if exactly these ids and types
 * stand behind the expected head, else a conflict.
 */
export const behindHead = (db: DatabaseSync): ((request: PackedAppend, head: StreamHead) => AppendReply) => {
  const select = rowsOf(
    db.prepare(
      `SELECT ${EVENT_COLUMNS}, name FROM events JOIN types ON types.id = type_id
       WHERE stream_id = ? AND revision BETWEEN ? AND ? ORDER BY revision`,
    ),
  );
  return (request, head) => {
    const { expectedRevision, events } = request;
    const first = expectedRevision + 1;
    const rows = [...select(head.id, first, first + events.length - 1)];
    const isSame = events.every((event, index) => {
      const row = rows[index];
      if (row === undefined) return false;
      if (textIn(row.at(-1)) !== event.type.type) return false;
      return eventIdIn(eventRow(row).body).equals(eventIdOf(request, event));
    });
    if (!isSame) return { kind: 'conflict' };
    // A new decoder each time: what it remembers of a transaction rolled back later would be wrong.
    const { bytes, length } = taken(rows, storedJson(db), () => undefined);
    return { kind: 'stored', text: Buffer.from(bytes, 0, length).toString() };
  };
};
