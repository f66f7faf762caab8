import { openDatabase } from '../../sqlite/open.ts';
import { followersIn } from './followers.ts';
import type { Mark } from './followers.ts';

/** How far followers have come, by a log that may be in use. @throws UnsafeDatabase */
export const marksIn = (path: string): readonly Mark[] => {
  const db = openDatabase(path, { readOnly: true });
  try {
    const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'followers'").get() !== undefined;
    return isThere ? followersIn(db).all() : [];
  } finally {
    db.close();
  }
};

/**
 * Takes followers back to where they were, in a log that nobody has open: what they did since is done again. One
 * that is not named keeps its place. @throws UnsafeDatabase
 */
export const rewindFollowers = (path: string, marks: readonly Mark[]): void => {
  const db = openDatabase(path);
  try {
    const rewind = db.prepare('UPDATE followers SET position = ? WHERE name = ? AND position > ?');
    for (const { follower, position } of marks) rewind.run(position, follower, position);
  } finally {
    db.close();
  }
};
