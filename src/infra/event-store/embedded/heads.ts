import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { HASH_BYTES } from '../hash.ts';
import { boundedMap } from './bounded-map.ts';
import { bytesIn, numberIn } from './row.ts';

/** The end of a stream as the writer sees it; its hash as text of one character a byte. */
export type StreamHead = { readonly id: number; readonly revision: number; readonly hash: string };

/** What the first event of a stream is chained to. */
export const NO_HASH = '\0'.repeat(HASH_BYTES);

/** Heads with the changes of the running transaction on top: kept or dropped together with it. */
export type Heads = {
  /** `undefined` for a stream without events. @throws LogDamaged */
  readonly of: (stream: string) => StreamHead | undefined;
  /** A new stream, without events until `move`. */
  readonly add: (stream: string) => StreamHead;
  readonly move: (stream: string, head: StreamHead) => void;
  /** Writes the moved heads; the last thing before the commit. */
  readonly flush: () => void;
  readonly commit: () => void;
  readonly rollback: () => void;
};

const KEPT = 20_000;

export const headsOf = (db: DatabaseSync): Heads => {
  const known = boundedMap<string, StreamHead>(KEPT);
  const moved = new Map<string, StreamHead>();
  const load = loader(db);
  const insert = db.prepare('INSERT INTO streams (name, head) VALUES (?, -1)');
  const update = db.prepare('UPDATE streams SET head = ? WHERE id = ?');
  return {
    of: (stream) => moved.get(stream) ?? known.get(stream) ?? load(stream),
    add: (stream) => {
      const id = Number(insert.run(stream).lastInsertRowid);
      return { id, revision: -1, hash: NO_HASH };
    },
    move: (stream, head) => {
      moved.set(stream, head);
    },
    flush: () => {
      for (const head of moved.values()) update.run(head.revision, head.id);
    },
    commit: () => {
      for (const [stream, head] of moved) known.set(stream, head);
      moved.clear();
    },
    rollback: () => {
      moved.clear();
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
    return { id: numberIn(row['id']), revision, hash: Buffer.from(bytesIn(row['hash'])).toString('latin1') };
  };
};
