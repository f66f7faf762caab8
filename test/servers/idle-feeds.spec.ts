import { describe, expect, it } from 'vitest';
import { idleFeedServer } from '../support/idle-feeds.ts';

const FEEDS = 10_000;
const MOST_KIB_EACH = 25;
const DRAINED_WITHIN_MS = 10_000;
/** Of one processor: three times what it is where nothing else runs, as a shared one does not count exactly. */
const MOST_HEARTBEAT_SHARE = 0.15;
/** For the same reason. */
const TOLERANCE = 1.5;

/** The clients have two thirds of what this process may open, the server as many. */
describe.skipIf(process.platform !== 'linux')('a server with ten thousand idle feeds (F-H-04, N-14)', () => {
  it('serves commands as before, and lets all of them go in time', { timeout: 180_000 }, async () => {
    const { server, taken, command, follow } = await idleFeedServer();
    const alone = await command();
    const before = await taken();
    const clients = follow(FEEDS);
    expect(await clients.told('open')).toEqual({ kind: 'open', closed: 0 });
    const during = await taken();
    const openedAt = performance.now();
    await clients.told('pinged');
    const heartbeats = (await taken()).cpuSeconds - during.cpuSeconds;
    const share = heartbeats / ((performance.now() - openedAt) / 1000);
    const crowded = await command();

    const kibEach = (during.rssKib - before.rssKib) / FEEDS;
    console.log(JSON.stringify({ kibEach, heartbeatShare: share, alone, crowded }));
    expect(during.feeds).toBe(FEEDS);
    expect(kibEach).toBeLessThan(MOST_KIB_EACH);
    expect(share).toBeLessThan(MOST_HEARTBEAT_SHARE);
    expect(crowded.statuses).toEqual([200]);
    expect(crowded.cpuMs).toBeLessThan(TOLERANCE * alone.cpuMs);
    const drainedFrom = performance.now();
    const exit = server.stop();
    expect(await clients.told('closed')).toEqual({ kind: 'closed', codes: [1001] });
    expect(performance.now() - drainedFrom).toBeLessThan(DRAINED_WITHIN_MS);
    expect(await exit).toBe(0);
  });
});
