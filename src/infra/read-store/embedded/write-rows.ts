import { DocumentRefused } from '../port.ts';
import type { Connection } from './connection.ts';
import { ROW_COLUMNS } from './document-rows.ts';
import { isCheckFailure } from './failures.ts';
import type { Row, RowBatch } from '../operations.ts';
import type { OpenSlot } from './slots.ts';
import { documentsOf, versionsOf } from './slots.ts';

/** Runs inside a transaction. @throws DocumentRefused */
export const writeBatch = (
  connection: Connection,
  slot: OpenSlot,
  { rows, checkpoint }: RowBatch,
): undefined => {
  const { prepare } = connection;
  const archive = slot.spec.history ? prepare(archiveSql(slot)) : undefined;
  const upsert = prepare(`${upsertSql(slot)} WHERE excluded.position > position`);
  for (const row of rows) {
    archive?.run(row.position, row.id, row.position);
    put(row, () => upsert.run(row.id, row.position, row.body, row.blocked));
  }
  prepare("UPDATE slots SET checkpoint = max(coalesce(checkpoint, ''), ?) WHERE id = ?").run(
    checkpoint,
    slot.id,
  );
};

/** Runs inside a transaction. @throws DocumentRefused */
export const replaceRow = ({ prepare }: Connection, slot: OpenSlot, row: Row): undefined => {
  const { id, position, body, blocked } = row;
  if (slot.spec.history) {
    const versions = versionsOf(slot);
    prepare(`DELETE FROM ${versions} WHERE id = ? AND from_position >= ?`).run(id, position);
    prepare(`UPDATE ${versions} SET to_position = ? WHERE id = ? AND to_position > ?`).run(
      position,
      id,
      position,
    );
    prepare(archiveSql(slot)).run(position, id, position);
  }
  put(row, () => prepare(upsertSql(slot)).run(id, position, body, blocked));
};

/** The version that a later one is about to take the place of. */
const archiveSql = (slot: OpenSlot): string =>
  `INSERT INTO ${versionsOf(slot)} (id, from_position, to_position, body, blocked)
   SELECT id, position, ?, body, blocked FROM ${documentsOf(slot)} WHERE id = ? AND position < ?`;

const upsertSql = (slot: OpenSlot): string =>
  `INSERT INTO ${documentsOf(slot)} (${ROW_COLUMNS}) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
   SET position = excluded.position, body = excluded.body, blocked = excluded.blocked`;

const put = ({ id }: Row, run: () => unknown): void => {
  try {
    run();
  } catch (cause) {
    if (!isCheckFailure(cause)) throw cause;
    throw new DocumentRefused(id, `a field is not of its declared type: ${cause.message}`, { cause });
  }
};
