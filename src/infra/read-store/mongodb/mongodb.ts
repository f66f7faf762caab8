import { START } from '../../event-store/port.ts';
import type { Clock, Random } from '../../clock/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import { MongoUnavailable } from '../../mongodb/errors.ts';
import type { OperationName, Signatures } from '../operations.ts';
import type { ReadStore } from '../port.ts';
import { storeOver } from '../store-over.ts';
import { generationChanges } from './generations.ts';
import { countsBy, pageOf } from './page.ts';
import { movedSince } from './moved-since.ts';
import type { MovedSince } from './moved-since.ts';
import { patient } from './patience.ts';
import { blockedIds, rowOfId, rowsOfIds, scanned, versionAt } from './read.ts';
import { slotsOf } from './slots.ts';
import type { Slots } from './slots.ts';
import { replaceRow, writeRows } from './write.ts';

export type MongoReadStoreOptions = {
  /** Not closed with the store. */
  readonly connection: MongoConnection;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * For how long a call is repeated while MongoDB is not available, 0–600,000: none for queries, which somebody waits
   * for; long for a projector, which has nothing else to do.
   */
  readonly patienceMs: number;
};

export type MongoReadStore = ReadStore & { readonly movedSince: MovedSince };

type MongoOperations = {
  readonly [Name in OperationName]: (
    ...args: Signatures[Name]['args']
  ) => Promise<Signatures[Name]['result']>;
};

// The building of an index outlives the calls that ask for it: each repetition waits for it a little longer.
const SEALING_MS = 600_000;

/**
 * Read models in MongoDB of any topology: documents of one collection per slot, each guarded by its position, then the
 * checkpoint in the same database; no transactions. Several processes may write the same slot: the later position wins.
 * Calls fail with MongoUnavailable once their patience is over.
 */
export const mongoReadStore = (options: MongoReadStoreOptions): MongoReadStore => {
  const slots = slotsOf(options.connection);
  const operations = operationsOn(options.connection, slots);
  const closing = new AbortController();
  const calls = patient(options, closing.signal);
  const store = storeOver(
    ({ name, args }) =>
      calls(() => operations[name](...args), name === 'seal' ? SEALING_MS : options.patienceMs),
    () => {
      closing.abort(new MongoUnavailable('Closed', 'the read store is closed'));
      return Promise.resolve();
    },
  );
  return { ...store, movedSince: movedSince(options.connection, slots) };
};

const operationsOn = (connection: MongoConnection, slots: Slots): MongoOperations => {
  const { run } = connection;
  return {
    ...generationChanges(connection, slots),
    generations: (name) => slots.generations(name),
    checkpoint: async (slot) => (await slots.named(slot)).checkpoint,
    write: async (batches) => {
      for (const { slot, rows, checkpoint } of batches) {
        const open = await slots.named(slot);
        await writeRows(run, open, rows);
        await slots.advance(open, checkpoint);
      }
      return undefined;
    },
    blockedIds: async (slot) => blockedIds(run, await slots.named(slot)),
    replace: async (slot, row) => {
      await replaceRow(run, await slots.named(slot), row);
      await slots.refolded(slot.name);
      return undefined;
    },
    getMany: async (slot, ids) => rowsOfIds(run, await slots.named(slot), ids),
    scan: async (slot, afterId, limit) => scanned(run, await slots.named(slot), afterId, limit),
    get: async (name, id) => {
      // The position first: what is read after it may be newer, never older.
      const slot = await slots.live(name);
      return { row: await rowOfId(run, slot, id), position: slot.checkpoint ?? START };
    },
    find: async (name, query) => pageOf(run, await slots.live(name), query),
    countBy: async (name, field, where) => countsBy(run, await slots.live(name), field, where),
    getAt: async (name, id, at) => versionAt(run, await slots.live(name), id, at),
  };
};
