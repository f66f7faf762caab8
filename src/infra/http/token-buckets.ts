/** What a request took, and what its caller has left. */
export type Taken = {
  readonly isAllowed: boolean;
  /** Whole requests that could follow at once. */
  readonly left: number;
  /** Until the next one is allowed, in milliseconds; 0 while any are left. */
  readonly waitMs: number;
  /** Until as many are allowed at once as ever, in milliseconds. */
  readonly fullInMs: number;
};

type Bucket = { tokens: number; at: number };

const WINDOW_MS = 60_000;
/** Of one generation. Behind it who has not called for longest is forgotten, and begins anew. */
const MOST_CALLERS = 10_000;

/**
 * For each caller `most` requests at once, then as many a minute. No timers: a bucket is filled when it is looked at. Callers
 * are kept in two generations, so that the one to forget need not be looked for.
 */
export const tokenBuckets = (most: number, now: () => number, mostCallers = MOST_CALLERS) => {
  const perMs = most / WINDOW_MS;
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  const bucketOf = (caller: string): Bucket => {
    const known = young.get(caller);
    if (known !== undefined) return known;
    if (young.size >= mostCallers) {
      old = young;
      young = new Map();
    }
    const bucket = old.get(caller) ?? { tokens: most, at: now() };
    young.set(caller, bucket);
    return bucket;
  };
  return (caller: string): Taken => {
    const bucket = bucketOf(caller);
    const at = now();
    // A clock that is put back earns nothing, and takes nothing away.
    bucket.tokens = Math.min(most, bucket.tokens + Math.max(0, at - bucket.at) * perMs);
    bucket.at = at;
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens -= 1;
    const { tokens } = bucket;
    return {
      isAllowed,
      left: Math.floor(tokens),
      waitMs: Math.max(0, (1 - tokens) / perMs),
      fullInMs: (most - tokens) / perMs,
    };
  };
};
