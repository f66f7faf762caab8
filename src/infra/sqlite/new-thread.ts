import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** The most that a thread's objects may take, where less than V8's own choice does. */
export type HeapMib = {
  /** Those made last. */
  readonly young: number;
  /** The others. Below 2048 V8 lets them double at most before it collects them, else grow fourfold. */
  readonly old?: number;
};

/**
 * Starts a module of ours in a thread.
 *
 * Node strips the types of modules with WebAssembly, in each thread anew. Where two threads optimise the same way
 * out of it into JavaScript at the same moment, V8 frees code that is not registered and ends the process (Node
 * 24.21: "Check failed: jit_page.has_value()", in Runtime_TierUpWasmToJSWrapper). So none is optimised: they are
 * called while modules load, and never again.
 */
export const newThread = (script: URL, workerData?: unknown, heapMib?: HeapMib): Worker => {
  setFlagsFromString(NEVER_OPTIMISE_WRAPPERS);
  const limits = heapMib === undefined ? {} : { resourceLimits: limitsOf(heapMib) };
  return new Worker(script, { workerData, ...limits });
};

const limitsOf = ({ young, old }: HeapMib) => ({
  maxYoungGenerationSizeMb: young,
  ...(old === undefined ? {} : { maxOldGenerationSizeMb: Math.min(old, ownLimitMib()) }),
});

/** What a machine of little memory, or who runs the process, allows each thread. */
const ownLimitMib = (): number => Math.floor(getHeapStatistics().heap_size_limit / MIB);

const MIB = 1024 * 1024;

/** Calls until a wrapper is optimised; the largest that a small integer of V8 holds everywhere is 2^30 - 1. */
const NEVER_OPTIMISE_WRAPPERS = `--wasm-wrapper-tiering-budget=${2 ** 30 - 1}`;
