import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { fieldValues } from '../field-values.ts';
import type { Row, RowBatch } from '../operations.ts';
import type { Connection } from './connection.ts';
import { columnFields, columnValues } from './field-sql.ts';
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
  const put = putting(connection, slot);
  for (const row of rows) {
    archive?.run(row.position, row.id, row.position);
    put(row);
  }
  prepare("UPDATE slots SET checkpoint = max(coalesce(checkpoint, ''), ?) WHERE id = ?").run(
    checkpoint,
    slot.id,
  );
};

/** Runs inside a transaction. @throws DocumentRefused */
export const replaceRow = ({ prepare }: Connection, slot: OpenSlot, row: Row): undefined => {
  const { id, position } = row;
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
  const values = [position, row.body, row.blocked, ...indexedValues(slot, row)];
  if (prepare(updateSql(slot)).run(...values, id).changes === 0) prepare(insertSql(slot)).run(id, ...values);
};

/** Puts rows that are newer than what is stored. */
const putting = ({ prepare }: Connection, slot: OpenSlot): ((row: Row) => void) => {
  const stored = storedValues(prepare(storedSql(slot)));
  const insert = prepare(insertSql(slot));
  const update = prepare(updateSql(slot));
  const updateBody = prepare(`UPDATE ${documentsOf(slot)} SET ${PLAIN} WHERE id = ?`);
  return (row) => {
    const { id, position, body, blocked } = row;
    const values = indexedValues(slot, row);
    const found = stored(id);
    if (found === undefined) insert.run(id, position, body, blocked, ...values);
    else if (found.position >= position) return;
    // Indexes change with their columns only: most events of a document change none of them.
    else if (values.every((value, at) => value === found.values[at]))
      updateBody.run(position, body, blocked, id);
    else update.run(position, body, blocked, ...values, id);
  };
};

type Found = { readonly position: string; readonly values: readonly unknown[] };

const storedValues = (select: StatementSync): ((id: string) => Found | undefined) => {
  select.setReturnArrays(true);
  return (id) => {
    // The driver's types do not follow that setting.
    const columns = select.get(id) as unknown as readonly unknown[] | undefined;
    return columns && { position: String(columns[0]), values: columns.slice(1) };
  };
};

/** Whether the row is live, then its fields' values: what indexes hold. @throws DocumentRefused */
const indexedValues = ({ spec }: OpenSlot, row: Row): readonly SQLInputValue[] => {
  const { body } = row;
  if (body === null) return [null, ...columnFields(spec).map(() => null)];
  return [1, ...columnValues(spec, fieldValues(spec, { ...row, body }))];
};

const PLAIN = 'position = ?, body = ?, blocked = ?';

const indexedColumns = ({ spec }: OpenSlot): readonly string[] => [
  'is_live',
  ...columnFields(spec).map((_, at) => `f${String(at)}`),
];

const storedSql = (slot: OpenSlot): string =>
  `SELECT position, ${indexedColumns(slot).join(', ')} FROM ${documentsOf(slot)} WHERE id = ?`;

const insertSql = (slot: OpenSlot): string => {
  const columns = ['id', 'position', 'body', 'blocked', ...indexedColumns(slot)];
  return `INSERT INTO ${documentsOf(slot)} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
};

const updateSql = (slot: OpenSlot): string => {
  const sets = indexedColumns(slot).map((column) => `${column} = ?`);
  return `UPDATE ${documentsOf(slot)} SET ${[PLAIN, ...sets].join(', ')} WHERE id = ?`;
};

/** The version that a later one is about to take the place of. */
const archiveSql = (slot: OpenSlot): string =>
  `INSERT INTO ${versionsOf(slot)} (id, from_position, to_position, body, blocked)
   SELECT id, position, ?, body, blocked FROM ${documentsOf(slot)} WHERE id = ? AND position < ?`;
