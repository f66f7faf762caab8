import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../../event-store/port.ts';
import { START } from '../../event-store/port.ts';
import { UndeclaredField } from '../port.ts';
import { connectionTo, inSnapshot, inTransaction } from './connection.ts';
import type { Connection } from './connection.ts';
import { countsBy } from './counts.ts';
import { ROW_COLUMNS, storedRow, textIn } from './document-rows.ts';
import { generationChanges } from './generations.ts';
import type { Operations, Row } from '../operations.ts';
import { pageOf } from './page.ts';
import type { OpenSlot } from './slots.ts';
import { documentsOf, slotsOf, versionsOf } from './slots.ts';
import { always } from './synced.ts';
import type { SyncedBy } from './synced.ts';
import { batchWriter, replaceRow } from './write-rows.ts';

const MOST_SCANNED = 5000;

/** The read store over one connection to `read.db`; on a read-only one whatever writes fails. */
export const operationsOn = (db: DatabaseSync, synced: SyncedBy = always): Operations => {
  const connection = connectionTo(db);
  const slots = slotsOf(connection);
  const writeBatches = batchWriter(connection, slots);
  const writeSynced = synced(connection, slots);
  return {
    ...generationChanges(connection, slots),
    write: (batches) => {
      writeSynced(batches, () => inTransaction(connection, () => writeBatches(batches)));
      return undefined;
    },
    replace: (slot, row) => inTransaction(connection, () => replaceRow(connection, slots.named(slot), row)),
    generations: slots.generations,
    checkpoint: (slot) => slots.named(slot).checkpoint,
    blockedIds: (slot) => inSnapshot(connection, () => blockedIds(connection, slots.named(slot))),
    getMany: (slot, ids) =>
      inSnapshot(connection, () => {
        const found = slots.named(slot);
        return [...new Set(ids)].flatMap((id) => rowWith(connection, found, id) ?? []);
      }),
    scan: (slot, afterId, limit) =>
      inSnapshot(connection, () => scan(connection, slots.named(slot), { afterId, limit })),
    get: (name, id) =>
      inSnapshot(connection, () => {
        const slot = slots.live(name);
        return { row: rowWith(connection, slot, id), position: slot.checkpoint ?? START };
      }),
    find: (name, query) => inSnapshot(connection, () => pageOf(connection, slots.live(name), query)),
    countBy: (name, field, where) =>
      inSnapshot(connection, () => countsBy(connection, slots.live(name), field, where)),
    getAt: (name, id, at) =>
      inSnapshot(connection, () => versionAt(connection, slots.live(name), { id, at })),
  };
};

const rowWith = ({ prepare }: Connection, slot: OpenSlot, id: string): Row | undefined => {
  const record = prepare(`SELECT ${ROW_COLUMNS} FROM ${documentsOf(slot)} WHERE id = ?`).get(id);
  return record && storedRow(record);
};

const blockedIds = ({ prepare }: Connection, slot: OpenSlot): readonly string[] =>
  prepare(`SELECT id FROM ${documentsOf(slot)} WHERE blocked IS NOT NULL`)
    .all()
    .map((record) => textIn(record, 'id'));

const scan = (
  { prepare }: Connection,
  slot: OpenSlot,
  { afterId, limit }: { readonly afterId: string | null; readonly limit: number },
): readonly Row[] => {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_SCANNED)
    throw new RangeError(`limit ${String(limit)}`);
  const documents = documentsOf(slot);
  const records =
    afterId === null
      ? prepare(`SELECT ${ROW_COLUMNS} FROM ${documents} ORDER BY id LIMIT ?`).all(limit)
      : prepare(`SELECT ${ROW_COLUMNS} FROM ${documents} WHERE id > ? ORDER BY id LIMIT ?`).all(
          afterId,
          limit,
        );
  return records.map(storedRow);
};

const versionAt = (
  connection: Connection,
  slot: OpenSlot,
  { id, at }: { readonly id: string; readonly at: Position },
): Row | undefined => {
  if (!slot.spec.history) throw new UndeclaredField(`${slot.spec.name} keeps no history`);
  const current = rowWith(connection, slot, id);
  if (current === undefined || current.position <= at) return current;
  const text = `SELECT id, from_position AS position, body, blocked FROM ${versionsOf(slot)}
    WHERE id = ? AND from_position <= ? AND to_position > ?`;
  const record = connection.prepare(text).get(id, at, at);
  return record && storedRow(record);
};
