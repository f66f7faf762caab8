import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openDatabase } from '../sqlite/open.ts';
import { SUB_KEYS_BYTES } from './cipher.ts';
import type { SubKeys } from './cipher.ts';
import { blockBytes, eraseKeys, parseKeyId, SLOT_BYTES, SLOTS } from './key-slots.ts';
import { rotateFile } from './key-rotation.ts';
import { rewrapping, wrappingUnder } from './wrapping.ts';
import type { Wrapping } from './wrapping.ts';

export type NewBlock = {
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

const SCHEMA = `
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, slots BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS master (id INTEGER PRIMARY KEY CHECK (id = 1), proof BLOB NOT NULL) STRICT`;

const wrappedRow = z.object({ wrapped: z.instanceof(Uint8Array) });
const proofRow = z.object({ proof: z.instanceof(Uint8Array) });

/**
 * The file of wrapped keys. Every call blocks until the disk has answered. What is wrapped by `previous` is wrapped
 * anew first.
 * @throws WrongMasterKey when the file was made under another master key.
 */
export const openKeyTable = (path: string, masterKey: Uint8Array, previous?: Uint8Array): KeyTable => {
  const db = openDatabase(path, { check: true });
  const wrapping = wrappingUnder(masterKey);
  try {
    db.exec(`PRAGMA secure_delete = ON; ${SCHEMA}`);
    if (previous !== undefined) rotate(db, wrapping.proof, { previous, masterKey });
    assertMasterKey(db, wrapping);
  } catch (error) {
    wrapping.clear();
    db.close();
    throw error;
  }
  return {
    makeBlock: () => makeBlock(db, wrapping),
    load: (keyId) => load(db, wrapping, keyId),
    secret: (name) => secret(db, wrapping, name),
    destroy: (keyIds) => {
      eraseKeys(db, keyIds);
    },
    close: () => {
      wrapping.clear();
      db.close();
    },
  };
};

type TwoKeys = { readonly previous: Uint8Array; readonly masterKey: Uint8Array };

/** Nothing where the file was made under neither of them, or is rotated already. */
const rotate = (db: DatabaseSync, proof: Uint8Array, { previous, masterKey }: TwoKeys): void => {
  const before = wrappingUnder(previous);
  const rewrap = rewrapping(previous, masterKey);
  try {
    const stored = db.prepare('SELECT proof FROM master').get();
    if (stored !== undefined && before.isProof(proofRow.parse(stored).proof)) rotateFile(db, rewrap, proof);
  } finally {
    before.clear();
    rewrap.clear();
  }
};

const assertMasterKey = (db: DatabaseSync, wrapping: Wrapping): void => {
  db.prepare('INSERT OR IGNORE INTO master (id, proof) VALUES (1, ?)').run(wrapping.proof);
  wrapping.assertProof(proofRow.parse(db.prepare('SELECT proof FROM master').get()).proof, 'keys.db');
};

const makeBlock = (db: DatabaseSync, wrapping: Wrapping): NewBlock => {
  const name = randomBytes(8).toString('hex');
  const slots = Buffer.alloc(SLOTS * SLOT_BYTES);
  const subKeys = new Uint8Array(SLOTS * SUB_KEYS_BYTES);
  const keyIds = Array.from({ length: SLOTS }, (_, slot) => `${name}-${slot.toString(36)}`);
  for (const [slot, keyId] of keyIds.entries()) {
    const fresh = wrapping.freshKey(keyId);
    slots.set(fresh.wrapped, slot * SLOT_BYTES);
    subKeys.set(fresh.subKeys, slot * SUB_KEYS_BYTES);
    fresh.subKeys.fill(0);
  }
  db.prepare('INSERT INTO blocks (name, slots) VALUES (?, ?)').run(name, slots);
  return { keyIds, subKeys };
};

const load = (db: DatabaseSync, wrapping: Wrapping, keyId: string): SubKeys | undefined => {
  const place = parseKeyId(keyId);
  const slots = place && blockBytes(db, place.block);
  if (!slots) return undefined;
  const wrapped = slots.subarray(place.slot * SLOT_BYTES, (place.slot + 1) * SLOT_BYTES);
  if (wrapped.every((byte) => byte === 0)) return undefined;
  return wrapping.unwrapKey(keyId, wrapped);
};

const secret = (db: DatabaseSync, wrapping: Wrapping, name: string): Uint8Array => {
  const find = db.prepare('SELECT wrapped FROM secrets WHERE name = ?');
  if (find.get(name) === undefined)
    db.prepare('INSERT INTO secrets (name, wrapped) VALUES (?, ?)').run(name, wrapping.freshSecret(name));
  return wrapping.unwrapSecret(name, wrappedRow.parse(find.get(name)).wrapped);
};
