import { describe, expect, it } from 'vitest';
import type { BurstOutlet, CloseReason } from '../../../src/infra/session/port.ts';
import { createMetrics } from '../../../src/infra/telemetry/metrics.ts';
import { readExposition } from '../../support/exposition.ts';
import { everything } from '../../support/feed-sessions.ts';
import { feedOf, sharedStore } from '../../support/feeds.ts';
import { manualClock } from '../../support/manual-clock.ts';

const log = sharedStore();
const REQUEST = { kind: 'events', selection: {}, from: 'now' } as const;

const world = () => {
  const clock = manualClock();
  const metrics = createMetrics({ clock, onTrouble: () => undefined });
  const feed = metrics.meteredFeed(feedOf({ store: log.store, clock }));
  const closes: CloseReason[] = [];
  const outlet: BurstOutlet = {
    send: () => undefined,
    sendAll: () => undefined,
    isFull: () => false,
    close: (reason) => closes.push(reason),
  };
  const look = async () => {
    const { valueOf } = readExposition(await metrics.exposition.render());
    return {
      clients: (transport: string) => valueOf('skald_feed_clients', { transport }),
      ended: (transport: string, reason: string) =>
        valueOf('skald_feed_connections_ended_total', { transport, reason }),
    };
  };
  return { feed, closes, outlet, look };
};

describe('clients of feeds', () => {
  it('are counted while they are there, and by why they left', async () => {
    const { feed, outlet, look } = world();
    const entry = { access: everything(), admit: undefined };
    const [slow, gone] = [feed.connect(outlet, entry), feed.connect(outlet, entry)];
    expect((await look()).clients('socket')).toBe(2);
    slow.end('slow');
    slow.end();
    gone.end();
    const after = await look();
    expect(after.clients('socket')).toBe(0);
    expect([after.ended('socket', 'slow'), after.ended('socket', 'gone')]).toEqual([1, 1]);
  });

  it('are counted likewise over server-sent events', async () => {
    const { feed, outlet, look } = world();
    const ready = await feed.stream(REQUEST, everything());
    if (ready.kind === 'refused') throw new Error(ready.detail);
    const stream = ready.start(outlet);
    expect((await look()).clients('sse')).toBe(1);
    stream.end('slow');
    stream.end();
    const after = await look();
    expect([after.clients('sse'), after.ended('sse', 'slow'), after.ended('sse', 'gone')]).toEqual([
      0,
      1,
      undefined,
    ]);
  });

  it('are told what the feed tells them, and a refused one is none', async () => {
    const { feed, closes, outlet, look } = world();
    const refused = await feed.stream({ ...REQUEST, from: 'nonsense' }, everything());
    expect(refused).toMatchObject({ kind: 'refused', code: 'bad_cursor' });
    expect((await look()).clients('sse')).toBe(0);
    const session = feed.connect(outlet, { access: everything(), admit: undefined });
    session.receive({ kind: 'ping', bytes: 70_000 });
    expect(closes).toEqual(['too_big']);
    session.end('too_big');
    expect((await look()).ended('socket', 'too_big')).toBe(1);
  });
});
