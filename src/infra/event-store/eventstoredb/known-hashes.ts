import { LRUCache } from 'lru-cache';
import { ZERO_HASH } from '../hash.ts';
import type { StoredEvent } from '../port.ts';

/** Hashes of events seen lately: what the next event of a stream is chained to. */
export type KnownHashes = {
  /** The zero hash for revision -1. */
  readonly at: (stream: string, revision: number) => string | undefined;
  readonly note: (event: Pick<StoredEvent, 'stream' | 'revision' | 'hash'>) => void;
};

const KEPT = 50_000;

export const knownHashes = (): KnownHashes => {
  const hashes = new LRUCache<string, string>({ max: KEPT });
  const keyOf = (stream: string, revision: number): string => `${revision}@${stream}`;
  return {
    at: (stream, revision) => (revision < 0 ? ZERO_HASH : hashes.get(keyOf(stream, revision))),
    note: ({ stream, revision, hash }) => {
      hashes.set(keyOf(stream, revision), hash);
    },
  };
};
