import type { DatabaseSync } from 'node:sqlite';
import { textElement } from './condition-sql.ts';
import { isRepetition } from './failures.ts';
import { typeOf } from '../declared-fields.ts';
import { columnDefinitions, fieldSql, LIVE } from './field-sql.ts';
import type { OpenSlot } from './slots.ts';
import { documentsOf, elementsOf, versionsOf } from './slots.ts';

/**
 * Not while documents are filled in that nothing is asked about: an index of ids in no order would be written over and
 * over again, at many times the cost of the documents.
 */
export const isFoundById = ({ spec, isSealed }: OpenSlot): boolean => isSealed || spec.isWrittenOnce !== true;

/** Tables of a new slot, without secondary indexes. With a rowid: bodies then lie in the order they came in. */
export const createTables = (db: DatabaseSync, slot: OpenSlot): void => {
  const documents = documentsOf(slot);
  // What is long comes last: the columns before it are read without it.
  const columns = ['is_live INTEGER', ...columnDefinitions(slot.spec), 'blocked TEXT', 'body TEXT'];
  const id = isFoundById(slot) ? 'id TEXT PRIMARY KEY NOT NULL' : 'id TEXT NOT NULL';
  db.exec(`CREATE TABLE ${documents} (${id}, position TEXT NOT NULL, ${columns.join(', ')}) STRICT;
    CREATE INDEX ${documents}_blocked ON ${documents} (id) WHERE blocked IS NOT NULL`);
  if (!slot.spec.history) return;
  db.exec(`CREATE TABLE ${versionsOf(slot)} (
    id TEXT NOT NULL, from_position TEXT NOT NULL, to_position TEXT NOT NULL, body TEXT, blocked TEXT,
    UNIQUE (id, from_position)) STRICT`);
};

export const dropTables = (db: DatabaseSync, slot: OpenSlot): void => {
  // First the documents: their triggers go with them.
  db.exec(`DROP TABLE ${documentsOf(slot)}; DROP TABLE IF EXISTS ${versionsOf(slot)}`);
  for (const field of Object.keys(slot.spec.fields))
    db.exec(`DROP TABLE IF EXISTS ${elementsOf(slot, field)}`);
};

/** Makes the indexes that the specification asks for, once everything is filled in: cheaper than to keep them meanwhile. */
export const createIndexes = (db: DatabaseSync, slot: OpenSlot): void => {
  const { indexes } = slot.spec;
  if (!isFoundById(slot)) createIds(db, documentsOf(slot));
  const spelled = new Map(indexes.map((fields) => [fields.join(), fields]));
  for (const [number, fields] of [...spelled.values()].entries()) {
    const [first = ''] = fields;
    // Found by id.
    if (first === slot.spec.idPrefix) continue;
    if (typeOf(slot.spec, first) === 'text[]') createElements(db, slot, first);
    else createIndex(db, slot, number, fields);
  }
};

const createIds = (db: DatabaseSync, documents: string): void => {
  const create = `CREATE UNIQUE INDEX ${documents}_id ON ${documents} (id)`;
  try {
    db.exec(create);
  } catch (error) {
    if (!isRepetition(error)) throw error;
    db.exec(`DELETE FROM ${documents} WHERE rowid NOT IN (
      SELECT rowid FROM (SELECT rowid, id, max(position) FROM ${documents} GROUP BY id)); ${create}`);
  }
};

const createIndex = (db: DatabaseSync, slot: OpenSlot, number: number, fields: readonly string[]): void => {
  const parts = fields.map((field) => fieldSql(slot.spec, field));
  const documents = documentsOf(slot);
  db.exec(`CREATE INDEX ${documents}_${String(number)} ON ${documents} (${parts.join(', ')}, id)
    WHERE ${LIVE}`);
};

/** One row per element: SQLite has no index over the elements of an array. */
const createElements = (db: DatabaseSync, slot: OpenSlot, field: string): void => {
  const [documents, elements] = [documentsOf(slot), elementsOf(slot, field)];
  const insertFrom = (from: string, body: string, id: string): string =>
    `INSERT OR IGNORE INTO ${elements} (value, id)
     SELECT element.value, ${id} FROM ${from} json_each(${body}, '$.${field}') AS element WHERE ${textElement}`;
  db.exec(`
    CREATE TABLE ${elements} (value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (value, id)) STRICT, WITHOUT ROWID;
    ${insertFrom(`${documents} AS document,`, 'document.body', 'document.id')};
    CREATE INDEX ${elements}_id ON ${elements} (id);
    CREATE TRIGGER ${elements}_insert AFTER INSERT ON ${documents} BEGIN
      ${insertFrom('', 'new.body', 'new.id')};
    END;
    CREATE TRIGGER ${elements}_update AFTER UPDATE ON ${documents} BEGIN
      DELETE FROM ${elements} WHERE id = old.id;
      ${insertFrom('', 'new.body', 'new.id')};
    END;`);
};
