import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../support/verify-chain.ts';
import type { AppendResult, EventStore, Head, NewEvent } from '../../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import { eventStoreReadingContract } from './event-store-reading.contract.ts';
import type { OpenedStore } from '../support/events.ts';
import { anEvent, appended, filled, headOf, metadata, streamName } from '../support/events.ts';

/** Every promise of the `EventStore` port, the same for every adapter. `open` gives an empty log. */
export const eventStoreContract = (name: string, open: () => Promise<OpenedStore>): void => {
  eventStoreReadingContract(name, open);
  describe(`event store: ${name}`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());
    const read = (stream: string) => store.readStream(stream, { from: 0, max: 100, direction: 'forwards' });

    describe('append', () => {
      it('starts a stream at revision 0 and answers the events as stored', async () => {
        const stream = streamName('saga');
        const event = {
          ...anEvent('SagaStarted', { b: [1, null, 'ü'], a: { x: -0.5 } }),
          schemaVersion: '1.2',
        };
        const own = { ...metadata(), owner: 'team-a', bodyHash: 'ab'.repeat(32) };
        const { events } = appended(await store.append(stream, NO_STREAM, [event], own));
        const { eventId, type, data } = event;
        const recordedAt: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        const stored = {
          stream,
          revision: 0,
          eventId,
          type,
          data,
          metadata: { ...own, schemaVersion: '1.2', recordedAt },
        };
        expect(events).toEqual([expect.objectContaining(stored)]);
        expect((await read(stream)).events).toEqual(events);
      });

      it.each([
        ['ids that are equal', metadata()],
        ['ids that differ', { ...metadata(), causationId: randomUUID(), correlationId: randomUUID() }],
        [
          'ids that are text',
          { ...metadata(), commandId: 'kommando-ü', causationId: 'c', correlationId: '' },
        ],
        ['upper-case ids', { ...metadata(), commandId: randomUUID().toUpperCase() }],
        ['a body hash that is no hash', { ...metadata(), bodyHash: 'AB' }],
        ['an empty owner', { ...metadata(), owner: '' }],
        [
          'a system actor',
          { ...metadata(), actor: { kind: 'system' as const, id: 'sweep', source: 'timer' } },
        ],
      ])('keeps metadata with %s exactly', async (_, own) => {
        const stream = streamName('saga');
        await store.append(stream, NO_STREAM, [anEvent(), anEvent()], own);
        const { events } = await read(stream);
        const stored = events.map((event) => event.metadata);
        expect(stored).toEqual([expect.objectContaining(own), expect.objectContaining(own)]);
        expect(stored.map((one) => Object.keys(one).sort())).toEqual(
          stored.map(() => [...Object.keys(own), 'recordedAt', 'schemaVersion'].sort()),
        );
      });

      it('leaves out a correlation that the stream name holds without losing it', async () => {
        const id = randomUUID();
        await store.append(`saga-${id}`, NO_STREAM, [anEvent()], { ...metadata(), correlationId: id });
        expect((await read(`saga-${id}`)).events[0]?.metadata.correlationId).toBe(id);
      });

      it('continues a stream behind its head', async () => {
        const stream = streamName('saga');
        const first = appended(await store.append(stream, NO_STREAM, [anEvent(), anEvent()], metadata()));
        const second = appended(await store.append(stream, headOf(first.events), [anEvent()], metadata()));
        expect(second.events[0]?.revision).toBe(2);
        expect((await read(stream)).events).toEqual([...first.events, ...second.events]);
      });

      it('refuses a stale writer and writes nothing', async () => {
        const stream = streamName('saga');
        const { events } = appended(await store.append(stream, NO_STREAM, [anEvent()], metadata()));
        expect(await store.append(stream, NO_STREAM, [anEvent()], metadata())).toEqual({ kind: 'conflict' });
        const ahead: Head = { ...headOf(events), revision: 5 };
        expect(await store.append(stream, ahead, [anEvent()], metadata())).toEqual({ kind: 'conflict' });
        expect(await read(stream)).toEqual({ events, head: 0 });
      });

      it('refuses to continue a stream that does not exist', async () => {
        const stream = streamName('saga');
        const head: Head = { revision: 0, hash: 'a'.repeat(64) };
        expect(await store.append(stream, head, [anEvent()], metadata())).toEqual({ kind: 'conflict' });
        expect(await read(stream)).toEqual({ events: [], head: -1 });
      });

      it('refuses a head with another hash as an integrity breach', async () => {
        const stream = streamName('saga');
        const { events } = appended(await store.append(stream, NO_STREAM, [anEvent()], metadata()));
        const forged: Head = { ...headOf(events), hash: 'a'.repeat(64) };
        expect(await store.append(stream, forged, [anEvent()], metadata())).toMatchObject({
          code: 'integrity',
        });
        expect((await read(stream)).head).toBe(0);
      });

      it('lets exactly one of ten concurrent writers win, and leaves other streams alone', async () => {
        const stream = streamName('saga');
        const other = store.append(streamName('saga'), NO_STREAM, [anEvent()], metadata());
        const rivals = Array.from({ length: 10 }, () =>
          store.append(stream, NO_STREAM, [anEvent()], metadata()),
        );
        const kinds = (await Promise.all(rivals)).map((result: AppendResult) => result.kind);
        expect(kinds.toSorted()).toEqual([...Array.from({ length: 9 }, () => 'conflict'), 'ok']);
        expect((await other).kind).toBe('ok');
        expect((await read(stream)).head).toBe(0);
      });

      it('appends nothing of an append with an event that cannot be stored', async () => {
        const stream = streamName('saga');
        const events = [anEvent(), anEvent('Bad', { amount: 1n })];
        const result = await store.append(stream, NO_STREAM, events, metadata());
        expect(result).toMatchObject({ kind: 'refused', code: 'not_encodable' });
        expect(result).toHaveProperty('detail', expect.stringContaining('/amount'));
        expect((await read(stream)).head).toBe(-1);
      });

      it.each([
        ['undefined', { a: undefined }],
        ['a date', { a: new Date(0) }],
        ['a lone surrogate', { a: '\ud800' }],
        ['not a number', { a: Number.NaN }],
      ])('refuses %s', async (_, data) => {
        const result = await store.append(streamName('saga'), NO_STREAM, [anEvent('X', data)], metadata());
        expect(result).toMatchObject({ kind: 'refused', code: 'not_encodable' });
      });

      it('refuses an event id that is no UUID, and the same id twice', async () => {
        const event = anEvent();
        const wrong = await store.append(
          streamName('saga'),
          NO_STREAM,
          [{ ...event, eventId: 'x' }],
          metadata(),
        );
        const twice = await store.append(streamName('saga'), NO_STREAM, [event, event], metadata());
        expect([wrong, twice]).toMatchObject([{ code: 'not_encodable' }, { code: 'not_encodable' }]);
      });

      it('refuses an event over 512 KiB and an append over 900 KiB, and stores what is just below', async () => {
        const sized = (size: number): NewEvent => anEvent('Big', { x: 'x'.repeat(size - 8) });
        const append = (...events: NewEvent[]) =>
          store.append(streamName('saga'), NO_STREAM, events, metadata());
        expect(await append(sized(512 * 1024 + 1))).toMatchObject({ kind: 'refused', code: 'too_large' });
        expect(await append(sized(460 * 1024), sized(460 * 1024))).toMatchObject({ code: 'too_large' });
        expect(await append(sized(512 * 1024), sized(380 * 1024))).toMatchObject({ kind: 'ok' });
      });

      it('records the time of writing, which never goes back along the log', async () => {
        const events = await filled(store, 40);
        const times = events.map((event) => event.metadata.recordedAt);
        expect(times).toEqual(times.toSorted());
      });
    });

    describe('a repeated append', () => {
      const twice = async (second: (events: readonly NewEvent[]) => readonly NewEvent[]) => {
        const stream = streamName('saga');
        const events = [anEvent('A'), anEvent('B')];
        const first = appended(await store.append(stream, NO_STREAM, events, metadata()));
        const result = await store.append(stream, NO_STREAM, second(events), metadata());
        expect((await read(stream)).events).toEqual(first.events);
        return { first, result };
      };

      it('with the same ids and types answers what was stored then, whatever its data says', async () => {
        const { first, result } = await twice((events) =>
          events.map((event) => ({ ...event, data: { other: 1 } })),
        );
        expect(result).toEqual(first);
      });

      it('with the same ids and another type is a conflict', async () => {
        const { result } = await twice((events) => events.map((event) => ({ ...event, type: 'C' })));
        expect(result).toEqual({ kind: 'conflict' });
      });

      it('that overlaps in part is a conflict', async () => {
        expect((await twice(([first]) => (first ? [first, anEvent('B')] : []))).result.kind).toBe('conflict');
        expect((await twice((events) => [...events, anEvent('C')])).result.kind).toBe('conflict');
      });

      it('at another head is a conflict', async () => {
        const stream = streamName('saga');
        const events = [anEvent()];
        const first = appended(await store.append(stream, NO_STREAM, events, metadata()));
        const second = appended(await store.append(stream, headOf(first.events), [anEvent()], metadata()));
        expect(await store.append(stream, headOf(second.events), [anEvent()], metadata())).toMatchObject({
          kind: 'ok',
        });
        expect(
          await store.append(stream, { revision: 0, hash: first.events[0]?.hash ?? '' }, events, metadata()),
        ).toEqual({
          kind: 'conflict',
        });
      });

      it('in the same moment is stored once and answered twice', async () => {
        const stream = streamName('saga');
        const events = [anEvent(), anEvent()];
        const append = () => store.append(stream, NO_STREAM, events, metadata());
        const [one, two] = await Promise.all([append(), append()]);
        expect(one).toEqual(two);
        expect((await read(stream)).events).toEqual(appended(one).events);
      });

      it('is recognised after the log was opened again, and behind later events', async () => {
        const stream = streamName('saga');
        const events = [anEvent(), anEvent()];
        const first = appended(await store.append(stream, NO_STREAM, events, metadata()));
        appended(await store.append(stream, headOf(first.events), [anEvent()], metadata()));
        store = await opened.reopen();
        expect(await store.append(stream, NO_STREAM, events, metadata())).toEqual(first);
        expect((await read(stream)).head).toBe(2);
      });
    });

    describe('hash chain', () => {
      it('recomputes over each stream, also across opening again', async () => {
        const stream = streamName('saga');
        const first = appended(
          await store.append(stream, NO_STREAM, [anEvent('A', { ä: '\u2028' }), anEvent()], metadata()),
        );
        store = await opened.reopen();
        appended(
          await store.append(stream, headOf(first.events), [anEvent()], { ...metadata(), owner: 'o' }),
        );
        const { events } = await read(stream);
        expect(verifyChain(events)).toEqual({ kind: 'intact', revision: 2, hash: events[2]?.hash });
      });

      it('names the first revision that was changed', async () => {
        const stream = streamName('saga');
        await store.append(stream, NO_STREAM, [anEvent(), anEvent(), anEvent()], metadata());
        const { events } = await read(stream);
        const changed = events.map((event, index) =>
          index === 1 ? { ...event, data: { forged: true } } : event,
        );
        expect(verifyChain(changed)).toEqual({ kind: 'broken', stream, revision: 1 });
      });
    });

    describe('closing', () => {
      it('finishes what was accepted', async () => {
        const stream = streamName('saga');
        const accepted = store.append(stream, NO_STREAM, [anEvent()], metadata());
        await store.close();
        const { events } = appended(await accepted);
        store = await opened.reopen();
        expect((await read(stream)).events).toEqual(events);
      });

      it('refuses later calls and ends subscriptions', async () => {
        const batches = store
          .subscribe({ after: START, signal: new AbortController().signal })
          [Symbol.asyncIterator]();
        await batches.next();
        const next = expect(batches.next()).rejects.toThrow('closed');
        await store.close();
        await next;
        const result = await store.append(streamName('saga'), NO_STREAM, [anEvent()], metadata());
        expect(result).toMatchObject({ kind: 'refused', code: 'closed' });
        await expect(read('saga-1')).rejects.toThrow('closed');
      });
    });
  });
};
