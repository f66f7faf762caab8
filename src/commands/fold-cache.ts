import { LRUCache } from 'lru-cache';
import type { Folded } from './folded.ts';

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

type Watch = { readonly stream: string; seen: number };

/** Folded streams, up to a number of bytes. None is ever kept that was known to be out of date when it came. */
export const foldCache = <State>(maxBytes: number): FoldCache<State> => {
  const watched = new Set<Watch>();
  const cache = new LRUCache<string, Folded<State>>({
    maxSize: maxBytes,
    sizeCalculation: (folded) => folded.size,
  });
  const observe = (stream: string, revision: number): void => {
    for (const watch of watched) if (watch.stream === stream) watch.seen = Math.max(watch.seen, revision);
    const cached = cache.peek(stream);
    if (cached !== undefined && cached.head.revision < revision) cache.delete(stream);
  };
  return {
    get: (stream) => cache.get(stream),
    watch: (stream) => {
      const watch: Watch = { stream, seen: cache.peek(stream)?.head.revision ?? -1 };
      watched.add(watch);
      return {
        keep: (folded) => {
          if (folded.head.revision < watch.seen) return false;
          observe(stream, folded.head.revision);
          cache.set(stream, folded);
          return true;
        },
        end: () => void watched.delete(watch),
      };
    },
    observe,
    drop: (stream) => void cache.delete(stream),
  };
};
