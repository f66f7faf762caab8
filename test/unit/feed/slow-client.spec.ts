import { describe, expect, it, vi } from 'vitest';
import { StoreClosed } from '../../../src/infra/event-store/errors.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { filled } from '../../support/events.ts';
import { feedSessions } from '../../support/feed-sessions.ts';
import { atOnce, openStore } from '../../support/feeds.ts';

const WAIT = { timeout: 5000, interval: 2 };
const SUBSCRIBE = { type: 'subscribe', id: 'a', events: {}, from: 'start' };
const connected = feedSessions();

describe('a client that does not keep up', () => {
  it('says that it lags when what is new is not taken for a second, and when it has caught up again', async () => {
    const store = await openStore();
    const { send, until, clock, positions, frames, ofType, cursor, session, way } = connected({ store });
    send(SUBSCRIBE);
    await until('caughtUp');
    way.isFull = true;
    const events = await filled(store, 30);
    await vi.waitFor(async () => {
      await clock.advance(1000, atOnce);
      expect(ofType('lagging')).toEqual([{ type: 'lagging', id: 'a', cursor: cursor.encode(START) }]);
    }, WAIT);
    expect(positions()).toEqual([]);
    way.isFull = false;
    session.drained();
    await until('caughtUp', 2);
    expect(positions()).toEqual(events.map(({ position }) => cursor.encode(position)));
    expect(frames.at(-1)?.type).toBe('caughtUp');
  });

  it('says that it lags when more than a batch is waiting, and only after it had caught up', async () => {
    const store = await openStore();
    const events = await filled(store, 4);
    const endsOf = [false, true, false, true];
    const inBatches: EventStore = {
      ...store,
      // eslint-disable-next-line @typescript-eslint/require-await -- these batches are there already
      subscribe: async function* () {
        for (const [index, event] of events.entries()) {
          yield { events: [event], position: event.position, caughtUp: endsOf[index] ?? true };
        }
        throw new StoreClosed('the batches are used up');
      },
    };
    const { send, until, frames } = connected({ store: inBatches });
    send(SUBSCRIBE);
    await until('error');
    expect(frames.map(({ type }) => type)).toEqual([
      'event',
      'event',
      'caughtUp',
      'lagging',
      'event',
      'event',
      'caughtUp',
      'error',
    ]);
  });

  it('is read for again once it was given up on, from the event it has seen last', async () => {
    const store = await openStore();
    const events = await filled(store, 25);
    const subscribed: string[] = [];
    const watched: EventStore = {
      ...store,
      subscribe: (options) => {
        subscribed.push(options.after);
        return store.subscribe(options);
      },
    };
    const { send, until, positions, clock, cursor } = connected({ store: watched });
    send({ ...SUBSCRIBE, credit: 10 });
    await until('event', 10);
    await clock.advance(1000, atOnce);
    send({ type: 'credit', id: 'a', events: 100 });
    await until('caughtUp');
    // The last one is that of all who are at the end of the log.
    expect(subscribed).toEqual([START, events[9]?.position, events.at(-1)?.position]);
    expect(positions()).toEqual(events.map(({ position }) => cursor.encode(position)));
  });
});
