import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/**
 * Starts a module of ours in a thread.
 *
 * Node strips the types of modules with WebAssembly, in each thread anew. Where two threads optimise the same way
 * out of it into JavaScript at the same moment, V8 frees code that is not registered and ends the process (Node
 * 24.21: "Check failed: jit_page.has_value()", in Runtime_TierUpWasmToJSWrapper). So none is optimised: they are
 * called while modules load, and never again.
 *
 * `youngMib`: the most that objects made last may take, where less than V8's own choice does.
 */
export const newThread = (script: URL, workerData?: unknown, youngMib?: number): Worker => {
  setFlagsFromString(NEVER_OPTIMISE_WRAPPERS);
  const limits = youngMib === undefined ? {} : { resourceLimits: { maxYoungGenerationSizeMb: youngMib } };
  return new Worker(script, { workerData, ...limits });
};

/** Calls until a wrapper is optimised; the largest that a small integer of V8 holds everywhere is 2^30 - 1. */
const NEVER_OPTIMISE_WRAPPERS = `--wasm-wrapper-tiering-budget=${2 ** 30 - 1}`;
