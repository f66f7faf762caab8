import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openDatabase } from '../sqlite/open.ts';
import { boundTo, decrypt, deriveSubKeys, encrypt, KEY_BYTES, SUB_KEYS_BYTES } from './cipher.ts';
import type { SubKeys } from './cipher.ts';
import { blockBytes, eraseKeys, parseKeyId, SLOT_BYTES, SLOTS } from './key-slots.ts';

type NewBlock = {
  readonly keyIds: readonly string[];
  /** The keys' sub-keys one after the other, in the order of `keyIds`. */
  readonly subKeys: Uint8Array<ArrayBuffer>;
};

export type KeyTable = {
  /** A block of fresh keys, durable when this returns. */
  readonly makeBlock: () => NewBlock;
  readonly load: (keyId: string) => SubKeys | undefined;
  readonly secret: (name: string) => Uint8Array;
  readonly destroy: (keyIds: readonly string[]) => void;
  readonly close: () => void;
};

export class WrongMasterKey extends Error {
  override readonly name = 'WrongMasterKey';
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, slots BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS master (id INTEGER PRIMARY KEY CHECK (id = 1), proof BLOB NOT NULL) STRICT`;

const wrappedRow = z.object({ wrapped: z.instanceof(Uint8Array) });
const proofRow = z.object({ proof: z.instanceof(Uint8Array) });

/**
 * The file of wrapped keys. Every call blocks until the disk has answered.
 * @throws WrongMasterKey when the file was made under another master key.
 */
export const openKeyTable = (path: string, masterKey: Uint8Array): KeyTable => {
  const db = openDatabase(path, { check: true });
  try {
    db.exec(`PRAGMA secure_delete = ON; ${SCHEMA}`);
    assertMasterKey(db, subKey(masterKey, 'proof'));
  } catch (error) {
    db.close();
    throw error;
  }
  const wrapping = subKey(masterKey, 'wrap');
  return {
    makeBlock: () => makeBlock(db, wrapping),
    load: (keyId) => load(db, wrapping, keyId),
    secret: (name) => secret(db, wrapping, name),
    destroy: (keyIds) => {
      eraseKeys(db, keyIds);
    },
    close: () => {
      wrapping.fill(0);
      db.close();
    },
  };
};

const subKey = (masterKey: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(
    hkdfSync('sha256', masterKey, new Uint8Array(0), `skald master key 1 ${purpose}`, KEY_BYTES),
  );

const assertMasterKey = (db: DatabaseSync, proof: Uint8Array): void => {
  db.prepare('INSERT OR IGNORE INTO master (id, proof) VALUES (1, ?)').run(proof);
  const stored = proofRow.parse(db.prepare('SELECT proof FROM master').get()).proof;
  if (stored.length !== proof.length || !timingSafeEqual(stored, proof)) {
    throw new WrongMasterKey('keys.db was made under another master key: set the one it was made with');
  }
};

const makeBlock = (db: DatabaseSync, wrapping: Uint8Array): NewBlock => {
  const name = randomBytes(8).toString('hex');
  const slots = Buffer.alloc(SLOTS * SLOT_BYTES);
  const subKeys = new Uint8Array(SLOTS * SUB_KEYS_BYTES);
  const keyIds = Array.from({ length: SLOTS }, (_, slot) => `${name}-${slot.toString(36)}`);
  for (const [slot, keyId] of keyIds.entries()) {
    const dataKey = randomBytes(KEY_BYTES);
    slots.set(encrypt(wrapping, boundTo('key', keyId), dataKey), slot * SLOT_BYTES);
    subKeys.set(deriveSubKeys(dataKey), slot * SUB_KEYS_BYTES);
    dataKey.fill(0);
  }
  db.prepare('INSERT INTO blocks (name, slots) VALUES (?, ?)').run(name, slots);
  return { keyIds, subKeys };
};

const load = (db: DatabaseSync, wrapping: Uint8Array, keyId: string): SubKeys | undefined => {
  const place = parseKeyId(keyId);
  const slots = place && blockBytes(db, place.block);
  if (!slots) return undefined;
  const wrapped = slots.subarray(place.slot * SLOT_BYTES, (place.slot + 1) * SLOT_BYTES);
  if (wrapped.every((byte) => byte === 0)) return undefined;
  const dataKey = decrypt(wrapping, boundTo('key', keyId), wrapped);
  const subKeys = deriveSubKeys(dataKey);
  dataKey.fill(0);
  return subKeys;
};

const secret = (db: DatabaseSync, wrapping: Uint8Array, name: string): Uint8Array => {
  const bound = boundTo('secret', name);
  const find = db.prepare('SELECT wrapped FROM secrets WHERE name = ?');
  if (find.get(name) === undefined) {
    const fresh = encrypt(wrapping, bound, randomBytes(KEY_BYTES));
    db.prepare('INSERT INTO secrets (name, wrapped) VALUES (?, ?)').run(name, fresh);
  }
  return decrypt(wrapping, bound, wrappedRow.parse(find.get(name)).wrapped);
};
