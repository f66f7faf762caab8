import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { inTransaction } from '../sqlite/transaction.ts';

// Keys of a block lie in fixed slots and are overwritten where they lie. A row per key would not do: when
// SQLite rebalances its tree it moves rows and leaves copies behind, which `secure_delete` does not reach.
export const SLOTS = 512;
/** IV, key and tag. */
export const SLOT_BYTES = 12 + 32 + 16;

export type KeyPlace = { readonly block: string; readonly slot: number };

const KEY_ID = /^([0-9a-f]{16})-([0-9a-z]{1,2})$/;
const slotsRow = z.object({ slots: z.instanceof(Uint8Array) });
const checkpointRow = z.object({ busy: z.literal(0) });

/** Where a key id made here lies; undefined for any other id. */
export const parseKeyId = (keyId: string): KeyPlace | undefined => {
  const [, block, digits] = KEY_ID.exec(keyId) ?? [];
  if (block === undefined || digits === undefined) return undefined;
  const slot = Number.parseInt(digits, 36);
  // One name per slot: "0a" is not another way to write "a".
  return slot < SLOTS && slot.toString(36) === digits ? { block, slot } : undefined;
};

/** A copy of a block's slots, wrapped keys as they lie there; undefined for a block that is not in this file. */
export const blockBytes = (db: DatabaseSync, block: string): Uint8Array | undefined => {
  const row = db.prepare('SELECT slots FROM blocks WHERE name = ?').get(block);
  return row === undefined ? undefined : slotsRow.parse(row).slots;
};

/** Overwrites the keys with zeros; afterwards neither the database nor its WAL holds them. */
export const eraseKeys = (db: DatabaseSync, keyIds: readonly string[]): void => {
  inTransaction(db, () => {
    for (const [block, slots] of slotsByBlock(keyIds)) eraseSlots(db, block, slots);
  });
  truncateWal(db);
};

/** Fails when somebody else reads the file: until the WAL is cut, it may still hold what was overwritten. */
export const truncateWal = (db: DatabaseSync): void => {
  checkpointRow.parse(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get());
};

export const slotsByBlock = (keyIds: readonly string[]): ReadonlyMap<string, readonly number[]> => {
  const blocks = new Map<string, number[]>();
  for (const place of keyIds.map(parseKeyId)) {
    if (!place) continue;
    const slots = blocks.get(place.block) ?? [];
    slots.push(place.slot);
    blocks.set(place.block, slots);
  }
  return blocks;
};

const eraseSlots = (db: DatabaseSync, block: string, slots: readonly number[]): void => {
  const bytes = blockBytes(db, block);
  if (!bytes) return;
  for (const slot of slots) bytes.fill(0, slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
  db.prepare('UPDATE blocks SET slots = ? WHERE name = ?').run(bytes, block);
};
