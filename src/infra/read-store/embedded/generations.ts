import type { DatabaseSync } from 'node:sqlite';
import { canonical } from '../../../domain/canonical.ts';
import type { CollectionSpec, Generations, Slot } from '../port.ts';
import { checkedSpec } from '../collection-spec.ts';
import type { Connection } from './connection.ts';
import { inTransaction } from './connection.ts';
import { numberIn } from './document-rows.ts';
import type { Operations } from '../operations.ts';
import { createIndexes, createTables, dropTables } from './slot-tables.ts';
import type { Slots } from './slots.ts';
import { asItsFile } from './synced.ts';
import { isUnsynced, makeSynced } from './unsynced-file.ts';

type Changes = Pick<Operations, 'fill' | 'seal' | 'switchTo' | 'drop'>;

/** Each change of a collection's generations is one transaction. */
export const generationChanges = (connection: Connection, slots: Slots): Changes => {
  const change = (work: () => undefined): undefined => {
    asItsFile(connection.db, () => inTransaction(connection, work));
    return undefined;
  };
  return {
    fill: (spec, generation) => change(() => fill(connection, slots, checkedSpec(spec), generation)),
    seal: (spec, generation) => change(() => seal(connection, slots, spec, generation)),
    switchTo: (slot) => {
      const path = connection.db.location();
      if (isUnsynced(path)) makeSynced(connection.db, path);
      inTransaction(connection, () => switchTo(connection, slots, slot));
      return undefined;
    },
    drop: (slot) => change(() => drop(connection, slots, slot)),
  };
};

const fill = (connection: Connection, slots: Slots, spec: CollectionSpec, generation: number): undefined => {
  const { name } = spec;
  if (!Number.isSafeInteger(generation)) throw new RangeError(`${name}: generation ${String(generation)}`);
  if (slots.generations(name).live === generation)
    throw new RangeError(`${name}: generation ${String(generation)} is live`);
  drop(connection, slots, { name, generation });
  const insert = connection.prepare('INSERT INTO slots (name, generation, spec) VALUES (?, ?, ?)');
  insert.run(name, generation, canonical(spec));
  createTables(connection.db, slots.named({ name, generation }));
  become(connection, slots, name, { ...slots.generations(name), filling: generation });
};

const seal = (connection: Connection, slots: Slots, spec: CollectionSpec, generation: number): undefined => {
  const slot = slots.named({ name: spec.name, generation });
  if (canonical(checkedSpec(spec)) !== slot.specText)
    throw new RangeError(`${spec.name}: generation ${String(generation)} was filled as something else`);
  if (slot.isSealed) return;
  withSmallCache(connection.db, () => {
    createIndexes(connection.db, slot);
  });
  connection.prepare('UPDATE slots SET is_sealed = 1 WHERE id = ?').run(slot.id);
};

// Sorting takes as much memory as the cache may.
const SORTING_CACHE_KIB = 4096;

const withSmallCache = (db: DatabaseSync, work: () => void): void => {
  const usual = numberIn(db.prepare('PRAGMA cache_size').get() ?? {}, 'cache_size');
  db.exec(`PRAGMA cache_size = -${SORTING_CACHE_KIB}`);
  try {
    work();
  } finally {
    db.exec(`PRAGMA cache_size = ${usual}`);
  }
};

const switchTo = (connection: Connection, slots: Slots, slot: Slot): undefined => {
  const { name, generation } = slot;
  if (!slots.named(slot).isSealed)
    throw new RangeError(`${name}: generation ${String(generation)} is not sealed`);
  const { live, filling } = slots.generations(name);
  if (live === generation) return;
  const next = { live: generation, previous: live, filling: filling === generation ? null : filling };
  become(connection, slots, name, next);
};

const drop = (connection: Connection, slots: Slots, { name, generation }: Slot): undefined => {
  const without = (number: number | null): number | null => (number === generation ? null : number);
  const { live, previous, filling } = slots.generations(name);
  become(connection, slots, name, {
    live: without(live),
    previous: without(previous),
    filling: without(filling),
  });
};

/** Generations that nobody can name any more take their tables with them. */
const become = ({ db, prepare }: Connection, slots: Slots, name: string, next: Generations): void => {
  const { live, previous, filling } = slots.generations(name);
  const kept = new Set([next.live, next.previous, next.filling]);
  for (const generation of [live, previous, filling]) {
    if (generation === null || kept.has(generation)) continue;
    const slot = slots.find({ name, generation });
    if (slot === undefined) continue;
    dropTables(db, slot);
    prepare('DELETE FROM slots WHERE id = ?').run(slot.id);
  }
  prepare('INSERT OR REPLACE INTO generations (name, live, previous, filling) VALUES (?, ?, ?, ?)').run(
    name,
    next.live,
    next.previous,
    next.filling,
  );
};
