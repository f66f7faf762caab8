import { once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { HeapMib } from '../../src/infra/sqlite/new-thread.ts';
import { newThread } from '../../src/infra/sqlite/new-thread.ts';

const NOTHING = new URL('data:text/javascript,');
const MIB = 1024 * 1024;

const limitsOf = async (heapMib?: HeapMib) => {
  const thread = newThread(NOTHING, undefined, heapMib);
  await once(thread, 'online');
  const { resourceLimits: limits } = thread;
  await once(thread, 'exit');
  return { young: limits?.maxYoungGenerationSizeMb, old: limits?.maxOldGenerationSizeMb };
};

describe('the heap of a thread', () => {
  it('is as small as it was asked for', async () => {
    expect(await limitsOf({ young: 24, old: 100 })).toEqual({ young: 24, old: 100 });
  });

  it('is never larger than what this one is allowed', async () => {
    const own = Math.floor(getHeapStatistics().heap_size_limit / MIB);
    expect((await limitsOf({ young: 24, old: own + 1000 })).old).toBe(own);
  });

  it('is left to the engine where nothing was asked for', async () => {
    expect((await limitsOf({ young: 24 })).old).toBe((await limitsOf()).old);
  });
});
