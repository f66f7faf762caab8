import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import type { OpenedStore } from '../support/events.ts';
import { anEvent, collect, filled, metadata, readAllOf, streamName } from '../support/events.ts';

/** What `EventStore` promises readers and subscribers; part of `eventStoreContract`. */
export const eventStoreReadingContract = (name: string, open: () => Promise<OpenedStore>): void => {
  describe(`event store for readers: ${name}`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());
    const read = (stream: string, from: number | 'end' = 0, max = 100) =>
      store.readStream(stream, { from, max, direction: from === 'end' ? 'backwards' : 'forwards' });

    describe('reading', () => {
      it('finds an unknown stream empty', async () => {
        expect(await read(streamName('saga'))).toEqual({ events: [], head: -1 });
        expect(await read(streamName('saga'), 'end')).toEqual({ events: [], head: -1 });
      });

      it('pages through a stream forwards and backwards', async () => {
        const stream = streamName('saga');
        await store.append(
          stream,
          NO_STREAM,
          Array.from({ length: 7 }, () => anEvent()),
          metadata(),
        );
        const page = async (from: number | 'end', direction: 'forwards' | 'backwards', max: number) => {
          const { events, head } = await store.readStream(stream, { from, direction, max });
          expect(head).toBe(6);
          return events.map((event) => event.revision);
        };
        expect(await page(0, 'forwards', 3)).toEqual([0, 1, 2]);
        expect(await page(5, 'forwards', 9)).toEqual([5, 6]);
        expect(await page(7, 'forwards', 9)).toEqual([]);
        expect(await page('end', 'forwards', 9)).toEqual([6]);
        expect(await page('end', 'backwards', 3)).toEqual([6, 5, 4]);
        expect(await page(2, 'backwards', 9)).toEqual([2, 1, 0]);
        expect(await page(99, 'backwards', 1)).toEqual([6]);
      });

      it('refuses a size outside 1 to 4096', async () => {
        await expect(read('saga-1', 0, 0)).rejects.toThrow(RangeError);
        await expect(store.readAll({ after: START, max: 4097 })).rejects.toThrow(RangeError);
      });

      it('reads the whole log in order of position, in slices that join', async () => {
        const events = await filled(store, 25);
        expect(await readAllOf(store, { max: 4 })).toEqual(events);
        const slice = await store.readAll({ after: events[9]?.position ?? '', max: 4096 });
        expect(slice).toEqual({ events: events.slice(10), position: events.at(-1)?.position, isEnd: true });
      });

      it('keeps whole categories only, and moves on past what does not match', async () => {
        const events = await filled(store, 12);
        const wanted = events.filter(({ stream }) => stream.startsWith('saga-'));
        expect(await readAllOf(store, { max: 2, categories: ['saga', 'nothing'] })).toEqual(wanted);
        const none = await store.readAll({ after: START, max: 10, categories: ['sag', 'worker-a'] });
        expect(none).toEqual({ events: [], position: events.at(-1)?.position, isEnd: true });
      });

      it('knows the last position', async () => {
        expect(await store.lastPosition()).toBe(START);
        const events = await filled(store, 3);
        expect(await store.lastPosition()).toBe(events.at(-1)?.position);
        store = await opened.reopen();
        expect(await store.lastPosition()).toBe(events.at(-1)?.position);
      });

      it('keeps its identity', async () => {
        const { logId } = store;
        expect(logId).toMatch(/^[0-9a-f-]{36}$/);
        expect((await opened.reopen()).logId).toBe(logId);
        // Nothing put it back to an earlier state.
        expect(store.epochs).toEqual([]);
      });
    });

    describe('subscribing', () => {
      it('gives history, then what is appended meanwhile, in order and once', async () => {
        const history = await filled(store, 30);
        const seen = collect(store, { after: START });
        const live = await Promise.all(Array.from({ length: 20 }, () => filled(store, 5)));
        await seen.until(history.length + live.flat().length);
        expect(await seen.stop()).toEqual(await readAllOf(store, { max: 4096 }));
      });

      it('says when it is caught up, at once on an empty log', async () => {
        const seen = collect(store, { after: START });
        await seen.untilBatch(
          (batch) => batch.caughtUp && batch.events.length === 0 && batch.position === START,
        );
        const [event] = await filled(store, 1);
        await seen.untilBatch((batch) => batch.caughtUp && batch.position === event?.position);
        await seen.stop();
      });

      it('resumes after a position, also after opening again', async () => {
        const events = await filled(store, 12);
        store = await opened.reopen();
        const seen = collect(store, { after: events[6]?.position ?? '' });
        await seen.until(5);
        expect(await seen.stop()).toEqual(events.slice(7));
      });

      it('keeps whole categories only, live too, and reports progress past the others', async () => {
        const seen = collect(store, { after: START, categories: ['saga'] });
        const events = await filled(store, 12);
        await seen.untilBatch((batch) => batch.position === events.at(-1)?.position);
        expect(await seen.stop()).toEqual(events.filter(({ stream }) => stream.startsWith('saga-')));
      });

      it('waits for a slow consumer without holding up writers', async () => {
        const abort = new AbortController();
        const batches = store.subscribe({ after: START, signal: abort.signal })[Symbol.asyncIterator]();
        await batches.next();
        const events = await filled(store, 300);
        const seen: StoredEvent[] = [];
        while (seen.length < events.length) {
          const next = await batches.next();
          if (next.done !== true) seen.push(...next.value.events);
        }
        expect(seen).toEqual(events);
        abort.abort();
        expect(await batches.next()).toMatchObject({ done: true });
      });

      it('ends at once when aborted, waiting or not begun, and leaves no listener', async () => {
        const abort = new AbortController();
        let listeners = 0;
        const { signal } = abort;
        const add = signal.addEventListener.bind(signal);
        const remove = signal.removeEventListener.bind(signal);
        signal.addEventListener = (...args: Parameters<typeof add>) => {
          listeners += 1;
          add(...args);
        };
        signal.removeEventListener = (...args: Parameters<typeof remove>) => {
          listeners -= 1;
          remove(...args);
        };
        const waiting = store.subscribe({ after: START, signal })[Symbol.asyncIterator]();
        await waiting.next();
        const next = waiting.next();
        await filled(store, 1);
        await next;
        const last = waiting.next();
        abort.abort();
        expect(await last).toMatchObject({ done: true });
        const late = store.subscribe({ after: START, signal })[Symbol.asyncIterator]();
        expect(await late.next()).toMatchObject({ done: true });
        expect(listeners).toBe(0);
      });

      it('refuses a position behind the end of the log', async () => {
        const beyond = '9'.padStart(20, '0') + '0'.repeat(20);
        const batches = store
          .subscribe({ after: beyond, signal: new AbortController().signal })
          [Symbol.asyncIterator]();
        await expect(batches.next()).rejects.toThrow('after the log');
      });
    });
  });
};
