// What somebody could do to the file of a log, one thing at a time. Positions and heads are put in order behind it.
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue } from 'node:sqlite';
import { chainHash } from '../../src/infra/event-store/hash.ts';
import { bytesIn, numberIn, textIn } from '../../src/infra/event-store/embedded/row.ts';

/** What was done, and the stream or the streams of which a finding must name one. */
export type Damage = { readonly what: string; readonly streams: readonly string[] };

type Row = {
  readonly position: number;
  readonly stream: string;
  readonly id: number;
  readonly revision: number;
};
/** A whole number below `count`. */
export type Pick = (count: number) => number;

const asRow = (row: Readonly<Record<string, SQLOutputValue>>): Row => ({
  position: numberIn(row['position']),
  stream: textIn(row['name']),
  id: numberIn(row['id']),
  revision: numberIn(row['revision']),
});

const EVENTS = `SELECT position, name, streams.id AS id, revision FROM events JOIN streams ON streams.id = stream_id`;

type Doing = {
  readonly db: DatabaseSync;
  readonly pick: Pick;
  readonly signed: readonly Row[];
  readonly all: readonly Row[];
};

const oneOf = <Item>(pick: Pick, items: readonly Item[]): Item => {
  const item = items[pick(items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

/** Positions follow one another again, and each stream ends where its last event is. */
const tidy = (db: DatabaseSync): void => {
  db.exec(`
    CREATE TEMP TABLE place AS SELECT position AS old, row_number() OVER (ORDER BY position) AS new FROM events;
    CREATE INDEX temp.place_old ON place (old);
    UPDATE events SET position = -(SELECT new FROM place WHERE old = position);
    UPDATE events SET position = -position;
    UPDATE streams SET head = ifnull((SELECT max(revision) FROM events WHERE stream_id = streams.id), -1);
    DELETE FROM streams WHERE head = -1;
    DROP TABLE place;`);
};

const bodyOf = (db: DatabaseSync, { position }: Row): Uint8Array =>
  bytesIn(db.prepare('SELECT body FROM events WHERE position = ?').get(position)?.['body']);

const setBody = (db: DatabaseSync, { position }: Row, body: Uint8Array): void =>
  void db.prepare('UPDATE events SET body = ? WHERE position = ?').run(body, position);

const flip = ({ db, pick, all }: Doing): Damage => {
  const row = oneOf(pick, all);
  const body = Buffer.from(bodyOf(db, row));
  const at = pick(body.length);
  body.writeUInt8(body.readUInt8(at) ^ (1 << pick(8)), at);
  setBody(db, row, body);
  return { what: `bit of byte ${at} of ${row.stream} ${row.revision}`, streams: [row.stream] };
};

const drop = ({ db, pick, signed }: Doing): Damage => {
  const row = oneOf(pick, signed);
  db.prepare('DELETE FROM events WHERE position = ?').run(row.position);
  tidy(db);
  return { what: `dropped ${row.stream} ${row.revision}`, streams: [row.stream] };
};

const swap = ({ db, pick, signed }: Doing): Damage => {
  const one = oneOf(pick, signed);
  const other = oneOf(
    pick,
    signed.filter(({ position }) => position !== one.position),
  );
  const body = bodyOf(db, one);
  setBody(db, one, bodyOf(db, other));
  setBody(db, other, body);
  return { what: `swapped ${one.stream} and ${other.stream}`, streams: [one.stream, other.stream] };
};

const reorder = ({ db, pick, signed }: Doing): Damage => {
  const one = oneOf(pick, signed);
  const others = signed.filter(({ stream, position }) => stream !== one.stream && position !== one.position);
  const other = oneOf(pick, others);
  const move = db.prepare('UPDATE events SET position = ? WHERE position = ?');
  move.run(-1, one.position);
  move.run(one.position, other.position);
  move.run(other.position, -1);
  return { what: `${one.stream} and ${other.stream} change places`, streams: ['the order'] };
};

/** A whole event behind the end of a stream, chained as it must be, among events that were signed. */
const insert = ({ db, pick, signed }: Doing): Damage => {
  const { stream, id } = oneOf(pick, signed);
  const end = oneOf(
    () => 0,
    db.prepare(`${EVENTS} WHERE name = ? ORDER BY revision DESC`).all(stream).map(asRow),
  );
  const before = oneOf(
    pick,
    signed.filter(({ position }) => position > 1),
  );
  const body = forged(db, end);
  db.exec(`UPDATE events SET position = -position - 1 WHERE position >= ${before.position};
           UPDATE events SET position = -position WHERE position < 0`);
  const type = numberIn(db.prepare('SELECT min(id) AS id FROM types').get()?.['id']);
  db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)').run(
    before.position,
    id,
    end.revision + 1,
    type,
    body,
  );
  tidy(db);
  return { what: `inserted ${stream} ${end.revision + 1}`, streams: [stream] };
};

/** Made from the event before it. Its hash is right where the metadata is; what is wrong is its place. */
const forged = (db: DatabaseSync, end: Row): Uint8Array => {
  const body = Buffer.from(bodyOf(db, end));
  const prev = body.toString('hex', 0, 32);
  const hash = chainHash(prev, {
    ...{ stream: end.stream, revision: end.revision + 1, type: 'Happened', data: '{}', metadata: '{}' },
    eventId: '00000000-0000-7000-8000-000000000000',
  });
  body.write(hash, 0, 'hex');
  return body;
};

const cut = ({ db, pick, signed }: Doing): Damage => {
  const { stream, id, revision } = oneOf(pick, signed);
  db.prepare('DELETE FROM events WHERE stream_id = ? AND revision >= ?').run(id, revision);
  tidy(db);
  return { what: `cut ${stream} from ${revision} on`, streams: [stream] };
};

const dropStream = ({ db, pick, signed }: Doing): Damage => {
  const { stream, id } = oneOf(pick, signed);
  db.prepare('DELETE FROM events WHERE stream_id = ?').run(id);
  tidy(db);
  return { what: `dropped ${stream}`, streams: [stream] };
};

/** The witness's own streams, all of them. */
const dropWitness = ({ db }: Doing): Damage => {
  db.exec(`DELETE FROM events WHERE stream_id IN (SELECT id FROM streams WHERE name LIKE 'witness-%')`);
  tidy(db);
  return { what: 'dropped the witness', streams: ['witness-log'] };
};

const KINDS = [flip, drop, swap, reorder, insert, cut, dropStream, dropWitness];

/** Does one of these things to a file. @param covered up to which revision each stream was signed */
export const damageFile = (path: string, pick: Pick, covered: ReadonlyMap<string, number>): Damage => {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    // Nothing of it is to outlive the test.
    db.exec('PRAGMA synchronous = OFF');
    const all = db.prepare(`${EVENTS} ORDER BY position`).all().map(asRow);
    const signed = all.filter(({ stream, revision }) => revision <= (covered.get(stream) ?? -1));
    return oneOf(pick, KINDS)({ db, pick, signed, all });
  } finally {
    db.close();
  }
};
