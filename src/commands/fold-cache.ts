import { passingMap } from '../domain/passing-map.ts';
import type { Folded } from './folded.ts';
import { recentFolds } from './recent-folds.ts';

export type FoldCache<State> = {
  readonly get: (stream: string) => Folded<State> | undefined;
  /** To be called before a read or an append begins: what it brings may be old when it comes back. */
  readonly watch: (stream: string) => FoldWatch<State>;
  /** An event of this stream is in the log: what ends before it is out of date. */
  readonly observe: (stream: string, revision: number) => void;
  readonly drop: (stream: string) => void;
};

export type FoldWatch<State> = {
  /** Keeps the fold, unless later events of the stream were seen meanwhile: then false, and it is not kept. */
  readonly keep: (folded: Folded<State>) => boolean;
  readonly end: () => void;
};

/** The last revision seen of a stream that somebody reads or writes just now, and how many do. */
type Watched = { seen: number; watches: number };

/** Folded streams, up to a number of bytes. None is ever kept that was known to be out of date when it came. */
export const foldCache = <State>(maxBytes: number): FoldCache<State> => {
  const watching = passingMap<string, Watched>();
  const recent = recentFolds<State>(maxBytes);
  const watchedAt = (stream: string): Watched => {
    const known = watching.get(stream);
    if (known !== undefined) return known;
    const fresh = { seen: recent.peek(stream)?.head.revision ?? -1, watches: 0 };
    watching.set(stream, fresh);
    return fresh;
  };
  return {
    get: recent.get,
    watch: (stream) => {
      const watched = watchedAt(stream);
      watched.watches += 1;
      return {
        keep: (folded) => {
          if (folded.head.revision < watched.seen) return false;
          watched.seen = folded.head.revision;
          recent.set(stream, folded);
          return true;
        },
        end: () => {
          watched.watches -= 1;
          if (watched.watches === 0) watching.delete(stream);
        },
      };
    },
    observe: (stream, revision) => {
      const watched = watching.get(stream);
      if (watched !== undefined && watched.seen < revision) watched.seen = revision;
      const kept = recent.peek(stream);
      if (kept !== undefined && kept.head.revision < revision) recent.delete(stream);
    },
    drop: recent.delete,
  };
};
