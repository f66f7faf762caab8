import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;
/** The most that V8 gives to objects made last: three of its semi-spaces. */
const MOST_YOUNG_BYTES = 192 * MIB;
/** … and how much less on a machine with little memory. */
const YOUNG_SHARE = 3 / 128;

/** What a process may keep in memory of what others send it: whole heaps of that would end it. */
export type MemoryShares = {
  /** Folded streams, of each kind. */
  readonly cacheBytes: number;
  /** The newest events. */
  readonly tail: { readonly maxBytes: number; readonly maxEvents: number };
  /** Bodies of requests under way: each is there in several forms at once, larger than it came. */
  readonly bodyBytes: number;
};

/** Shares of what stays in the heap. The limit that V8 tells counts the room for young objects in, where nothing stays. */
export const memoryShares = (
  limit = getHeapStatistics().heap_size_limit,
  memory = Math.min(totalmem(), constrainedMemory() || Infinity),
): MemoryShares => {
  const young = Math.min(MOST_YOUNG_BYTES, memory * YOUNG_SHARE);
  // Flags may say less for the young ones than is reckoned here.
  const old = Math.max(limit - young, limit / 4);
  return {
    cacheBytes: Math.min(64 * MIB, old / 16),
    tail: { maxBytes: Math.min(32 * MIB, old / 8), maxEvents: 50_000 },
    bodyBytes: old / 16,
  };
};
