// Rows like those of the log, written and read with nothing but node:sqlite and the pragmas of every file of Skald
// (WAL, synchronous=FULL): no hash chain, no cipher, no second thread, no checks. Nothing durable can be faster here.
import { statSync } from 'node:fs';
import { openDatabase } from '../../src/infra/sqlite/open.ts';
import { RUN_APPENDS } from '../support/saga-log.ts';

const SLICE = 1024;
const ID = '0190b8a0-5d1c-7c3e-8f6a-2b4d6e8f0a1c';

type Row = { readonly stream: number; readonly revision: number; readonly body: string };

/** The commits of a run of three steps: eight events in four. Their text is made once, as any encoding costs time. */
const COMMITS: readonly (readonly string[])[] = RUN_APPENDS.map((events) =>
  events.map((event) => JSON.stringify({ id: ID, ...event })),
);
const BODIES = COMMITS.flat();

export const RUN_COMMITS = COMMITS.length;

export const plainLog = (path: string) => {
  const db = openDatabase(path);
  db.exec(`CREATE TABLE events (position INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, revision INTEGER NOT NULL,
    type_id INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (stream_id, revision)) STRICT`);
  const insert = db.prepare('INSERT INTO events (stream_id, revision, type_id, body) VALUES (?, ?, 1, ?)');
  const slice = db.prepare(
    'SELECT stream_id, revision, body FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  slice.setReturnArrays(true);
  let rows = 0;
  let streams = 0;
  const commit = (write: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    write();
    db.exec('COMMIT');
  };
  const put = ({ stream, revision, body }: Row): void => {
    insert.run(stream, revision, body);
    rows += 1;
  };
  /** Streams as long as a run, one behind the other; they start beyond those of runs. */
  const next = (): Row => {
    const revision = rows % BODIES.length;
    return { stream: -1 - Math.floor(rows / BODIES.length), revision, body: BODIES[revision] ?? '' };
  };
  return {
    rows: () => rows,
    /** Events in one commit. */
    append: (count: number): void =>
      commit(() => {
        for (let index = 0; index < count; index += 1) put(next());
      }),
    /** Room for as many new runs; `step` then writes what the n-th commit of each of them holds, all in one. */
    newRuns: (count: number): number => (streams += count) - count,
    step: (first: number, count: number, ordinal: number): void => {
      const bodies = COMMITS[ordinal] ?? [];
      commit(() => {
        for (let stream = first; stream < first + count; stream += 1)
          bodies.forEach((body, index) => put({ stream, revision: 2 * ordinal + index, body }));
      });
    },
    /** Reads all rows, parses them and folds them into the last event of each stream; how many there were. */
    readAndFold: (): number => {
      const heads = new Map<unknown, { readonly revision: unknown; readonly event: unknown }>();
      let count = 0;
      for (let after = 0; after < rows; after += SLICE) {
        for (const [stream, revision, body] of rowsIn(slice.all(after, SLICE))) {
          heads.set(stream, { revision, event: JSON.parse(String(body)) });
          count += 1;
        }
      }
      return count;
    },
    /** Of the file, with its index and nothing left in the WAL. */
    bytes: (): number => {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return statSync(path).size;
    },
    close: () => {
      db.close();
    },
  };
};

// The driver's types know rows as objects only.
const rowsIn = (rows: unknown): readonly (readonly unknown[])[] => rows as unknown[][];

export type PlainLog = ReturnType<typeof plainLog>;
