import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { HASH_BYTES, ZERO_HASH } from '../hash.ts';
import { bytesIn, numberIn } from './row.ts';

/** The end of a stream as the writer sees it; its hash as lower-case hex. */
export type StreamHead = { readonly id: number; readonly revision: number; readonly hash: string };

/** Heads as the running transaction leaves them. */
export type Heads = {
  /** `undefined` for a stream without events. @throws LogDamaged */
  readonly of: (stream: string) => StreamHead | undefined;
  /**
   * A new stream, without events until the next `move`, which must bring it to `last`; undefined for one that is there.
   * Cheaper than to look first.
   */
  readonly add: (stream: string, last: number) => StreamHead | undefined;
  readonly move: (stream: string, head: StreamHead) => void;
  /** Writes the moved heads; the last thing before the commit. */
  readonly flush: () => void;
  readonly commit: () => void;
  readonly rollback: () => void;
};

const KEPT = 20_000;

export const headsOf = (db: DatabaseSync): Heads => {
  const known = new Map<string, StreamHead>();
  /** The revisions still to be written, by the number of the stream. */
  const moved = new Map<number, number>();
  let added: number | undefined;
  const load = loader(db);
  const insert = db.prepare('INSERT INTO streams (name, head) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const update = db.prepare('UPDATE streams SET head = ? WHERE id = ?');
  return {
    of: (stream) => known.get(stream) ?? load(stream),
    add: (stream, last) => {
      if (known.has(stream)) return undefined;
      const { changes, lastInsertRowid } = insert.run(stream, last);
      if (changes === 0) return undefined;
      added = Number(lastInsertRowid);
      return { id: added, revision: -1, hash: ZERO_HASH };
    },
    move: (stream, head) => {
      known.set(stream, head);
      if (head.id === added) added = undefined;
      else moved.set(head.id, head.revision);
    },
    flush: () => {
      // As `run`, without the object of counts.
      for (const [id, revision] of moved) update.get(revision, id);
    },
    commit: () => {
      moved.clear();
      // Forgets everything once it is full: cheaper than to know what was used last.
      if (known.size > KEPT) known.clear();
    },
    rollback: () => {
      moved.clear();
      known.clear();
      added = undefined;
    },
  };
};

const loader = (db: DatabaseSync): ((stream: string) => StreamHead | undefined) => {
  const select = db.prepare(`
    SELECT id, head, (
      SELECT substr(body, 1, ${String(HASH_BYTES)}) FROM events WHERE stream_id = id AND revision = head
    ) AS hash FROM streams WHERE name = ?`);
  return (stream) => {
    const row = select.get(stream);
    if (row === undefined) return undefined;
    const revision = numberIn(row['head']);
    if (row['hash'] === null) throw new LogDamaged(stream, revision, 'the last event is missing');
    return { id: numberIn(row['id']), revision, hash: Buffer.from(bytesIn(row['hash'])).toString('hex') };
  };
};
