import { setTimeout as pass } from 'node:timers/promises';
import type { StackLoad } from './stack-load.ts';

const SHOWN = 5;
const GIVE_UP_MS = 120_000;

/**
 * How long, in milliseconds, it takes these runs to end. One that is still open long after any deadline is an error
 * that tells how far it has come.
 */
export const allEnded = async (load: StackLoad, flowIds: readonly string[]): Promise<number> => {
  const from = performance.now();
  const over = new AbortController();
  const giveUp = async (): Promise<never> => {
    await pass(GIVE_UP_MS, undefined, { signal: over.signal });
    throw new Error(await standOf(load, load.open(flowIds)));
  };
  try {
    await Promise.race([load.until(() => load.open(flowIds).length === 0), giveUp()]);
    return performance.now() - from;
  } finally {
    over.abort();
  }
};

const standOf = async ({ watch }: StackLoad, open: readonly string[]): Promise<string> => {
  const streams = Map.groupBy(await watch.events(), ({ stream }) => stream);
  const stands = open.slice(0, SHOWN).map((flowId) => {
    const own = streams.get(`saga-${flowId}`) ?? [];
    return `${flowId}: ${own.map(({ type, metadata }) => `${type} ${metadata.recordedAt}`).join(', ')}`;
  });
  return [`${String(open.length)} runs are still open`, ...stands].join('\n');
};
