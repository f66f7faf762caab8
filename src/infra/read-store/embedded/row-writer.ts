import type { StatementSync } from 'node:sqlite';
import type { Row } from '../operations.ts';
import { columnReader, indexedColumns } from './columns.ts';
import type { Columns } from './columns.ts';
import type { Connection } from './connection.ts';
import { isFoundById } from './slot-tables.ts';
import type { OpenSlot } from './slots.ts';
import { documentsOf, versionsOf } from './slots.ts';

type Put = (row: Row, columns: Columns) => boolean;

/**
 * Puts rows of one slot that are newer than what is stored, each inside a transaction. What belongs to the slot is
 * compiled and looked up once. @throws DocumentRefused
 */
export const rowWriter = (connection: Connection, slot: OpenSlot): ((row: Row) => void) => {
  const columnsIn = columnReader(slot.spec);
  if (!isFoundById(slot)) return adding(connection, slot, columnsIn);
  const archive = slot.spec.history ? connection.prepare(archiveSql(slot)) : undefined;
  const insert = inserting(connection, slot);
  const change = changing(connection, slot);
  let [likely, other] = [insert, change];
  return (row) => {
    archive?.run(row.position, row.id, row.position);
    const columns = columnsIn(row);
    if (likely(row, columns)) return;
    // A collection grows for a while or changes for a while: what this row was, the next one probably is.
    [likely, other] = [other, likely];
    likely(row, columns);
  };
};

/** Without a look at what is there. */
const adding = (
  { prepare }: Connection,
  slot: OpenSlot,
  columnsIn: (row: Row) => Columns,
): ((row: Row) => void) => {
  const insert = prepare(insertSql(slot));
  return (row) => {
    insert.run(row.id, row.position, row.body, row.blocked, ...columnsIn(row));
  };
};

/** True where the id was not there yet. */
const inserting = ({ prepare }: Connection, slot: OpenSlot): Put => {
  const insert = prepare(`${insertSql(slot)} ON CONFLICT (id) DO NOTHING`);
  return ({ id, position, body, blocked }, columns) =>
    insert.run(id, position, body, blocked, ...columns).changes === 1;
};

/** True where the id is there; an older row changes nothing. */
const changing = ({ prepare }: Connection, slot: OpenSlot): Put => {
  const stored = storedRow(prepare(storedSql(slot)));
  const names = indexedColumns(slot.spec);
  const updateAll = updateSql(slot, []);
  return ({ id, position, body, blocked }, columns) => {
    const found = stored(id);
    if (found === undefined) return false;
    if (found.position >= position) return true;
    // Indexes change with their columns only: most events of a document change none or few of them.
    const changed = [...columns.keys()].filter((at) => columns[at] !== found.columns[at]);
    const sql =
      changed.length === 0
        ? updateAll
        : updateSql(
            slot,
            changed.map((at) => names[at] ?? ''),
          );
    prepare(sql).run(position, body, blocked, ...changed.map((at) => columns[at] ?? null), id);
    return true;
  };
};

type Stored = { readonly position: string; readonly columns: readonly unknown[] };

const storedRow = (select: StatementSync): ((id: string) => Stored | undefined) => {
  select.setReturnArrays(true);
  return (id) => {
    // The driver's types do not follow that setting.
    const row = select.get(id) as unknown as readonly unknown[] | undefined;
    return row && { position: String(row[0]), columns: row.slice(1) };
  };
};

const storedSql = (slot: OpenSlot): string =>
  `SELECT position, ${indexedColumns(slot.spec).join(', ')} FROM ${documentsOf(slot)} WHERE id = ?`;

export const insertSql = (slot: OpenSlot): string => {
  const columns = ['id', 'position', 'body', 'blocked', ...indexedColumns(slot.spec)];
  return `INSERT INTO ${documentsOf(slot)} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
};

/** Of what is no index's, and of these columns. */
export const updateSql = (slot: OpenSlot, columns: readonly string[]): string => {
  const sets = ['position', 'body', 'blocked', ...columns].map((column) => `${column} = ?`);
  return `UPDATE ${documentsOf(slot)} SET ${sets.join(', ')} WHERE id = ?`;
};

/** The version that a later one is about to take the place of. */
export const archiveSql = (slot: OpenSlot): string =>
  `INSERT INTO ${versionsOf(slot)} (id, from_position, to_position, body, blocked)
   SELECT id, position, ?, body, blocked FROM ${documentsOf(slot)} WHERE id = ? AND position < ?`;
