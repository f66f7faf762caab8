import { describe, expect, it } from 'vitest';
import { runJobs } from './jobs.ts';

describe('seeds on several threads', () => {
  it('come out the same whatever their number', async () => {
    const range = { first: 100, count: 60 };
    const [alone, shared] = [await runJobs(range, 1), await runJobs(range, 3)];
    expect(shared).toEqual(alone);
    expect(alone).toMatchObject({ seeds: 60, failed: null });
  }, 60_000);
});
