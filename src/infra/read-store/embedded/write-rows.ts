import type { Position } from '../../event-store/port.ts';
import type { Row, SlotRows } from '../operations.ts';
import { columnReader, indexedColumns } from './columns.ts';
import type { Connection } from './connection.ts';
import { archiveSql, insertSql, rowWriter, updateSql } from './row-writer.ts';
import type { OpenSlot, Slots } from './slots.ts';
import { versionsOf } from './slots.ts';

/** Writes rows and checkpoints; runs inside a transaction. @throws DocumentRefused, UnknownCollection */
export const batchWriter = (
  connection: Connection,
  slots: Slots,
): ((batches: readonly SlotRows[]) => undefined) => {
  // Once a slot is sealed, it is opened as another object.
  const writers = new WeakMap<OpenSlot, (row: Row) => void>();
  const writerOf = (slot: OpenSlot): ((row: Row) => void) => {
    const known = writers.get(slot);
    if (known !== undefined) return known;
    const made = rowWriter(connection, slot);
    writers.set(slot, made);
    return made;
  };
  return (batches) => {
    const slotOf = slots.known();
    const reached = new Map<Position, number[]>();
    for (const { slot, rows, checkpoint } of batches) {
      const open = slotOf(slot);
      if (rows.length > 0) rows.forEach(writerOf(open));
      const ids = reached.get(checkpoint);
      if (ids === undefined) reached.set(checkpoint, [open.id]);
      else ids.push(open.id);
    }
    const reach = connection.prepare(REACH);
    for (const [checkpoint, ids] of reached) reach.run(checkpoint, JSON.stringify(ids));
  };
};

const REACH = `UPDATE slots SET checkpoint = max(coalesce(checkpoint, ''), ?)
  WHERE id IN (SELECT value FROM json_each(?))`;

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
  const values = [position, body, blocked, ...columnReader(slot.spec)(row)];
  const update = prepare(updateSql(slot, indexedColumns(slot.spec)));
  if (update.run(...values, id).changes === 0) prepare(insertSql(slot)).run(id, ...values);
};
