import { expect, vi } from 'vitest';
import { serverFrame } from '../../src/infra/feed/frames.ts';
import type { ServerFrame } from '../../src/infra/feed/frames.ts';
import type { FeedDeps } from '../../src/infra/feed/feed.ts';
import type { FeedAccess } from '../../src/infra/feed/port.ts';
import type { BurstOutlet, CloseReason, Entry } from '../../src/infra/session/port.ts';
import { cursorOf, feedOf, sharedStore } from './feeds.ts';
import { manualClock } from './manual-clock.ts';

const WAIT = { timeout: 5000, interval: 2 };

/** Access to everything, until a time where one is given. */
export const everything = (): FeedAccess => ({
  subject: 'anybody',
  expiresAt: null,
  judge: (request) => ({ kind: 'allowed', request, scope: 'all' }),
});

const OPEN = { access: everything() };

/** Sessions of a feed, each with an outlet that keeps its frames; over a log that no test appends to, where none is given. */
export const feedSessions = () => {
  const empty = sharedStore();
  return ({ entry = OPEN, ...some }: Partial<FeedDeps> & { entry?: Partial<Entry<FeedAccess>> } = {}) => {
    const store = some.store ?? empty.store;
    const clock = manualClock();
    const frames: ServerFrame[] = [];
    const closes: CloseReason[] = [];
    const way = { isFull: false };
    const outlet: BurstOutlet = {
      send: ({ type, members }, id) => {
        const named = id === undefined ? {} : { id };
        frames.push(serverFrame.parse({ type, ...named, ...(JSON.parse(`{${members}}`) as object) }));
      },
      sendAll: (all, id) => {
        for (const frame of all) outlet.send(frame, id);
      },
      isFull: () => way.isFull,
      close: (reason) => closes.push(reason),
    };
    const session = feedOf({ ...some, store, clock }).connect(outlet, {
      access: entry.access,
      admit: entry.admit,
    });
    const send = (value: unknown, bytes = 100): void => session.receive({ kind: 'json', value, bytes });
    const ofType = (type: string, id?: string) =>
      frames.filter(
        (frame) => frame.type === type && (id === undefined || ('id' in frame && frame.id === id)),
      );
    const until = (type: string, count = 1, id?: string) =>
      vi.waitFor(() => expect(ofType(type, id).length).toBeGreaterThanOrEqual(count), WAIT);
    const positions = (id?: string) =>
      ofType('event', id).map((frame) => ('cursor' in frame ? frame.cursor : ''));
    return {
      store,
      clock,
      session,
      send,
      frames,
      closes,
      way,
      ofType,
      until,
      positions,
      cursor: cursorOf(store),
    };
  };
};
