import { describe, expect, it, vi } from 'vitest';
import { readExposition } from '../support/exposition.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call } from '../support/http-calls.ts';
import { flawsOf, runStreams } from '../support/saga-history.ts';
import { registerLoad, sagaLoad } from '../support/saga-load.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 60_000 });

const LEASE_MS = 1000;
/** Longer than any lease. */
const STALL_MS = 5000;
const DELAY = 'nodejs_eventloop_lag_max_seconds';

const passed = async (ms: number): Promise<void> => {
  const start = performance.now();
  await vi.waitFor(() => expect(performance.now() - start).toBeGreaterThan(ms), { timeout: ms + 5000 });
};

describe('a process that stands still for 5 s under load (F-P-07)', () => {
  it('makes its callers wait, no more: nothing is lost, and no step has two outcomes', async () => {
    const dataDir = freshDirectory();
    const load = sagaLoad(60);
    const server = await startSkald(dataDir, { LEASE_MS: String(LEASE_MS) });
    await registerLoad(server.address);
    const delay = async (): Promise<number> =>
      readExposition((await call(`${server.address}/metrics`)).text).valueOf(DELAY) ?? 0;
    // The event loop is watched from the first look on.
    await delay();
    load.calls.up(server.address);
    await load.until(() => load.acknowledged() > 100 && load.open() >= 50);

    server.pause();
    const from = load.acknowledged();
    await passed(STALL_MS);
    server.resume();
    await load.until(() => load.acknowledged() > from + 50);
    expect(await delay()).toBeGreaterThan(STALL_MS / 2000);
    await load.drain();

    expect([[...load.calls.statuses.keys()], load.calls.lost()]).toEqual([[200], 0]);
    expect(await server.stop()).toBe(0);
    expect(flawsOf(await runStreams(dataDir), load)).toEqual([]);
  });
});
