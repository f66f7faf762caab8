import type { Folded } from './folded.ts';

type RecentFolds<State> = {
  /** Counts as a use. */
  readonly get: (stream: string) => Folded<State> | undefined;
  readonly peek: (stream: string) => Folded<State> | undefined;
  readonly set: (stream: string, folded: Folded<State>) => void;
  readonly delete: (stream: string) => void;
};

/**
 * What was used last, up to a number of bytes, in two halves: when the younger one is full, it becomes the older one,
 * and what has not been used since that one was begun is forgotten at once. A use of something young changes nothing,
 * so that it costs one look-up.
 */
export const recentFolds = <State>(maxBytes: number): RecentFolds<State> => {
  const most = maxBytes / 2;
  let young = new Map<string, Folded<State>>();
  let old = new Map<string, Folded<State>>();
  let youngBytes = 0;

  const forget = (stream: string): void => {
    youngBytes -= young.get(stream)?.size ?? 0;
    young.delete(stream);
    old.delete(stream);
  };
  const set = (stream: string, folded: Folded<State>): void => {
    if (folded.size > most) {
      forget(stream);
      return;
    }
    youngBytes += folded.size - (young.get(stream)?.size ?? 0);
    if (youngBytes > most) {
      old = young;
      young = new Map();
      youngBytes = folded.size;
    }
    young.set(stream, folded);
  };
  const used = (stream: string): Folded<State> | undefined => {
    const folded = old.get(stream);
    if (folded !== undefined) set(stream, folded);
    return folded;
  };
  return {
    get: (stream) => young.get(stream) ?? used(stream),
    peek: (stream) => young.get(stream) ?? old.get(stream),
    set,
    delete: forget,
  };
};
