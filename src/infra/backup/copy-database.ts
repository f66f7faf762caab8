import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { backup } from 'node:sqlite';
import { makeFile } from '../disk/make-file.ts';
import { openDatabase } from '../sqlite/open.ts';

const PAGES_AT_ONCE = 1000;

/** @param done pages copied so far, of `total`. */
export type OnPages = (done: number, total: number) => void;

/**
 * Copies a database as it is now, while others write to it: what they write meanwhile is not in the copy. The copy is
 * on the disk when it resolves. @throws UnsafeDatabase, what SQLite throws.
 */
export const copyDatabase = async (from: string, to: string, onPages: OnPages): Promise<void> => {
  const db = openDatabase(from, { readOnly: true });
  try {
    // One read transaction: without it, each write of somebody else would begin the copy anew.
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    makeFile(to);
    await backup(db, to, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) => {
        onPages(totalPages - remainingPages, totalPages);
      },
    });
  } finally {
    db.close();
  }
};

/** Size in bytes and SHA-256 of a file, read piece by piece. */
export const fingerprintOf = async (
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { bytes: statSync(path).size, sha256: hash.digest('hex') };
};
