import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ShareFolder, ShareState } from '../../projector/port.ts';
import type { ReadStore, Slot } from '../port.ts';
import { connectionTo } from './connection.ts';
import { operationsOn } from './connection-operations.ts';
import { largeWrites } from './large-writes.ts';
import type { LargeWrites } from './large-writes.ts';
import type { OperationCall, SlotRows } from '../operations.ts';
import { perform, WRITES } from '../operations.ts';
import type { Recreated } from './read-file.ts';
import { markingDamage, openReadFile } from './read-file.ts';
import type { Perform } from '../store-over.ts';
import { slotsOf } from './slots.ts';
import type { OpenSlot } from './slots.ts';
import { storeOver } from '../store-over.ts';

export type OpenReadStoreOptions = {
  /** Directory of `read.db`; made where it is missing. */
  readonly dataDir: string;
  /** Told before this returns when the file starts empty: all has to be folded again. */
  readonly onRecreated?: (reason: Recreated) => void;
};

export type LargeWriteOptions = {
  /** Writes of so many documents or more go to the thread for large ones. */
  readonly largeWrite?: number;
};

// Below it, a second thread that folds costs more than it saves.
const SHARE_LEAST = 50_000;
// Below it, going to another thread and back costs more than writing.
const LARGE_WRITE = 1500;
// Of that, where documents are filled in.
const FILLING_SHARE = 15;

/**
 * The read store in the calling thread, which every call blocks until the disk has answered: for a thread that
 * does nothing else, as a projector. Only large writes, as filling makes them, go to a thread of their own: the next
 * batch can be folded meanwhile. Beside an `embeddedReadStore` of the same directory, open that one first: it
 * alone replaces a damaged file, this one throws the engine's error. Writers take turns, up to 5 s each.
 */
export const openReadStore = (options: OpenReadStoreOptions & LargeWriteOptions): ReadStore =>
  opened(options).readStore;

type SharedOptions = OpenReadStoreOptions &
  LargeWriteOptions & {
    /** A module that calls `serveShare`. */
    readonly thread: URL;
    readonly shareLeast?: number;
  };

/**
 * The same, whose thread for large writes also folds a share of what is filled; it starts with the
 * first of either.
 */
export const openSharedReadStore = ({ thread, shareLeast = SHARE_LEAST, ...options }: SharedOptions) => {
  const { readStore, large } = opened(options, thread);
  const shareFolder: ShareFolder = {
    least: shareLeast,
    begin: async (slots) => {
      await large.ask({ kind: 'begin', slots });
    },
    // Messages have no type of their own: `serveShare` answers so.
    state: async () => (await large.ask({ kind: 'state' })) as ShareState,
  };
  return { readStore, shareFolder };
};

type Opened = { readonly readStore: ReadStore; readonly large: LargeWrites };

const opened = (options: OpenReadStoreOptions & LargeWriteOptions, thread?: URL): Opened => {
  const { dataDir, onRecreated, largeWrite = LARGE_WRITE } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'read.db');
  const { db, recreated } = markingDamage(path, () => openReadFile(path));
  if (recreated !== undefined) onRecreated?.(recreated);
  const operations = operationsOn(db);
  const known = slotsOf(connectionTo(db)).known;
  const large = largeWrites(path, (slot) => known()(slot).spec, thread);
  const performHere: Perform = async (call) => {
    if (WRITES.has(call.name)) await large.settled();
    return markingDamage(path, () => perform(operations, call));
  };
  const isLarge = (call: OperationCall): call is OperationCall<'write'> =>
    call.name === 'write' && isMany(call.args[0], largeWrite, known());
  const performAnywhere: Perform = async (call) => {
    // One operation's call is one of all; the compiler does not see it for a name it does not know yet.
    const one = call as OperationCall;
    return isLarge(one) ? large.write(one) : performHere(call);
  };
  const readStore = storeOver(performAnywhere, async () => {
    await large.close();
    if (db.isOpen) db.close();
  });
  return { readStore, large };
};

const isMany = (batches: readonly SlotRows[], least: number, slotOf: (slot: Slot) => OpenSlot): boolean => {
  const rows = sumOf(batches.map((batch) => batch.rows.length));
  if (rows >= least) return true;
  // Who fills goes on meanwhile; who follows the log waits for it.
  return rows >= least / FILLING_SHARE && batches.every(({ slot }) => !slotOf(slot).isSealed);
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
