import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { inTransaction } from '../sqlite/transaction.ts';
import { parseKeyId, SLOT_BYTES, SLOTS, truncateWal } from './key-slots.ts';
import type { Rewrapping } from './wrapping.ts';

const bytes = z.instanceof(Uint8Array);
const blockRow = z.object({ number: z.int(), name: z.string(), slots: bytes });
const secretRow = z.object({ name: z.string(), wrapped: bytes });

/**
 * Wraps everything in the file anew and makes `proof` the one it is opened by: all of it or, after a crash, nothing.
 * Afterwards neither the database nor its WAL holds what the earlier master key opens.
 */
export const rotateFile = (db: DatabaseSync, rewrap: Rewrapping, proof: Uint8Array): void => {
  inTransaction(db, () => {
    rotateBlocks(db, rewrap);
    const update = db.prepare('UPDATE secrets SET wrapped = ? WHERE name = ?');
    const secrets = db.prepare('SELECT name, wrapped FROM secrets').all();
    for (const { name, wrapped } of secretRow.array().parse(secrets))
      update.run(rewrap.secret(name, wrapped), name);
    db.prepare('UPDATE master SET proof = ?').run(proof);
  });
  truncateWal(db);
};

const rotateBlocks = (db: DatabaseSync, rewrap: Rewrapping): void => {
  const next = db.prepare('SELECT number, name, slots FROM blocks WHERE number > ? ORDER BY number LIMIT 1');
  const update = db.prepare('UPDATE blocks SET slots = ? WHERE number = ?');
  for (let row = next.get(-1); row !== undefined;) {
    const { number, name, slots } = blockRow.parse(row);
    for (let slot = 0; slot < SLOTS; slot += 1) rotateSlot(slots, `${name}-${slot.toString(36)}`, rewrap);
    update.run(slots, number);
    row = next.get(number);
  }
};

const rotateSlot = (slots: Uint8Array, keyId: string, rewrap: Rewrapping): void => {
  const start = (parseKeyId(keyId)?.slot ?? 0) * SLOT_BYTES;
  const wrapped = slots.subarray(start, start + SLOT_BYTES);
  // A destroyed key stays destroyed.
  if (wrapped.some((byte) => byte !== 0)) slots.set(rewrap.key(keyId, wrapped), start);
};
