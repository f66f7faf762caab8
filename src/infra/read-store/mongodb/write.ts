import { MongoBulkWriteError } from 'mongodb';
import type { Collection, WriteError } from 'mongodb';
import type { Position } from '../../event-store/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import { DUPLICATE_KEY, MongoUnavailable, unlessDuplicate } from '../../mongodb/errors.ts';
import type { Row } from '../operations.ts';
import { chunksOf } from './chunks.ts';
import { foundOf } from './read.ts';
import type { OpenSlot } from './slots.ts';
import type { StoredRow } from './stored-row.ts';
import { storedRowOf, versionOf } from './stored-row.ts';

const MOST_TRIES = 20;

type Run = MongoConnection['run'];

/**
 * Every write is of one document and guarded by its position, so that any part of a batch may be repeated, by whomever
 * . The caller moves the checkpoint afterwards.
 *
 * @throws DocumentRefused before anything is written.
 */
export const writeRows = async (run: Run, slot: OpenSlot, rows: readonly Row[]): Promise<void> => {
  const documents = latest(rows.map((row) => storedRowOf(slot.spec, row)));
  if (slot.spec.history) await addVersions(run, slot, rows);
  let open: readonly StoredRow[] = documents;
  for (let tries = 0; open.length > 0; tries += 1) {
    if (tries === MOST_TRIES) throw new MongoUnavailable('Contended', 'others write the same documents');
    open = await notYetThere(run, slot, await refused(run, slot.documents, open));
  }
};

/** Several versions of one document come to the last; of equals the first counts. */
const latest = (rows: readonly StoredRow[]): readonly StoredRow[] => {
  const byId = new Map<string, StoredRow>();
  for (const row of rows) if ((byId.get(row._id)?._pos ?? '') < row._pos) byId.set(row._id, row);
  return [...byId.values()];
};

/** Puts what is newer than what is stored; answers those that the unique id refused. */
const refused = async (
  run: Run,
  documents: Collection<StoredRow>,
  rows: readonly StoredRow[],
): Promise<readonly StoredRow[]> => {
  const all: StoredRow[] = [];
  for (const chunk of chunksOf(rows)) {
    const puts = chunk.map((row) => ({
      replaceOne: { filter: { _id: row._id, _pos: { $lt: row._pos } }, replacement: row, upsert: true },
    }));
    const indexes = await run(() => documents.bulkWrite(puts, { ordered: false }).then(none, duplicatesIn));
    all.push(...chunk.filter((_, index) => indexes.includes(index)));
  }
  return all;
};

const none = (): readonly number[] => [];

/** The operations that met an existing key. @throws the error where it says anything else. */
const duplicatesIn = (error: unknown): readonly number[] => {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const failures: readonly WriteError[] = [error.writeErrors].flat();
  const isOther = failures.some(({ code }) => code !== DUPLICATE_KEY);
  if (isOther || failures.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
  return failures.map(({ index }) => index);
};

/**
 * A refusal means "already applied" only where the stored position says so; else another writer has just made an
 * older version of the document, and this one still has to be put.
 */
const notYetThere = async (
  run: Run,
  slot: OpenSlot,
  rows: readonly StoredRow[],
): Promise<readonly StoredRow[]> => {
  const ids = rows.map(({ _id }) => _id);
  const stored = await positionsOf(run, slot, ids);
  return rows.filter((row) => (stored.get(row._id) ?? '') < row._pos);
};

const positionsOf = async (
  run: Run,
  slot: OpenSlot,
  ids: readonly string[],
): Promise<Map<string, Position>> => {
  const found = await foundOf(run, slot, ids, { _pos: 1 });
  return new Map(found.map(({ _id, _pos }) => [_id, _pos]));
};

/** Before the documents: a crash in between leaves versions that the same batch makes again. */
const addVersions = async (run: Run, slot: OpenSlot, rows: readonly Row[]): Promise<void> => {
  const ids = rows.map(({ id }) => id);
  const reached = await positionsOf(run, slot, ids);
  const added = rows.filter(({ id, position }) => {
    const isNew = (reached.get(id) ?? '') < position;
    if (isNew) reached.set(id, position);
    return isNew;
  });
  for (const chunk of chunksOf(added.map(versionOf))) {
    const inserts = chunk.map((document) => ({ insertOne: { document } }));
    // One that is there already is this very version: its key is document and position.
    await run(() => slot.versions.bulkWrite(inserts, { ordered: false }).catch(duplicatesIn));
  }
};

/** Cut first, put last: a crash in between leaves the document as it was, and repeating all of it mends the history. */
export const replaceRow = async (run: Run, slot: OpenSlot, row: Row): Promise<void> => {
  const document = storedRowOf(slot.spec, row);
  const { id, position } = row;
  const { documents, versions } = slot;
  if (slot.spec.history) {
    const version = versionOf(row);
    await run(() => versions.deleteMany({ id, from: { $gte: position } }));
    await run(() => upserted(() => versions.replaceOne({ _id: version._id }, version, { upsert: true })));
  }
  await run(() => upserted(() => documents.replaceOne({ _id: id }, document, { upsert: true })));
};

/** Another writer may make the same document between the look and the insert: then it is there to be replaced. */
const upserted = async (put: () => Promise<object>): Promise<void> => {
  if (!(await unlessDuplicate(put()))) await put();
};
