import { describe, expect, it, vi } from 'vitest';
import type { FeedAccess } from '../../../src/infra/feed/port.ts';
import type { Admit } from '../../../src/infra/session/port.ts';
import type { DocumentFeed, DocumentFrame } from '../../../src/infra/feed/document-feed.ts';
import { cursorCodec } from '../../../src/infra/http/cursor.ts';
import { LogDamaged, StoreClosed } from '../../../src/infra/event-store/errors.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { filled } from '../../support/events.ts';
import { everything, feedSessions } from '../../support/feed-sessions.ts';
import { atOnce, openStore } from '../../support/feeds.ts';

const WAIT = { timeout: 5000, interval: 2 };
const connected = feedSessions();

const SUBSCRIBE = { type: 'subscribe', id: 'a', events: {}, from: 'start' };

describe('a subscription to events', () => {
  it('gets history, then that it has caught up, then what is new', async () => {
    const store = await openStore();
    const old = await filled(store, 30);
    const { send, until, positions, cursor, frames } = connected({ store });
    send(SUBSCRIBE);
    await until('caughtUp');
    const recent = await filled(store, 20);
    await until('event', 50);
    expect(positions()).toEqual([...old, ...recent].map(({ position }) => cursor.encode(position)));
    expect(frames[30]).toEqual({
      type: 'caughtUp',
      id: 'a',
      cursor: cursor.encode(old.at(-1)?.position ?? ''),
    });
    expect(frames[0]).toMatchObject({ type: 'event', event: { ...old[0], position: positions()[0] } });
  });

  it('begins now, or behind a cursor', async () => {
    const store = await openStore();
    const old = await filled(store, 10);
    const { send, until, positions, cursor, ofType } = connected({ store });
    send({ ...SUBSCRIBE, id: 'now', from: 'now' });
    send({ ...SUBSCRIBE, id: 'later', from: cursor.encode(old[6]?.position ?? '') });
    await until('caughtUp', 2);
    expect(positions('later')).toEqual(old.slice(7).map(({ position }) => cursor.encode(position)));
    expect(ofType('caughtUp', 'now')).toMatchObject([{ cursor: cursor.encode(old[9]?.position ?? '') }]);
    const [added] = await filled(store, 1);
    await until('event', 1, 'now');
    expect(positions('now')).toEqual([cursor.encode(added?.position ?? '')]);
  });

  it.each(['category', 'type', 'stream', 'correlationId'] as const)('is narrowed by %s', async (part) => {
    const store = await openStore();
    const events = await filled(store, 20);
    const [, chosen] = events;
    if (chosen === undefined) throw new Error('nothing was filled');
    const facts = (event: typeof chosen) => ({
      category: event.stream.slice(0, event.stream.indexOf('-')),
      type: event.type,
      stream: event.stream,
      correlationId: event.metadata.correlationId,
    });
    const wanted = events.filter((event) => facts(event)[part] === facts(chosen)[part]);
    const { send, until, positions, cursor } = connected({ store });
    send({ ...SUBSCRIBE, events: { [part]: facts(chosen)[part] } });
    send({ ...SUBSCRIBE, id: 'none', events: { type: 'NeverHappens', category: 'saga' } });
    await until('caughtUp', 2);
    expect(positions('a')).toEqual(wanted.map(({ position }) => cursor.encode(position)));
    expect(positions('none')).toEqual([]);
  });

  it('gets no more events than its credit allows, and goes on when it is given more', async () => {
    const store = await openStore();
    await filled(store, 25);
    const { send, until, positions } = connected({ store });
    send({ ...SUBSCRIBE, credit: 10 });
    send({ ...SUBSCRIBE, id: 'other' });
    await until('event', 25, 'other');
    expect(positions('a')).toHaveLength(10);
    send({ type: 'credit', id: 'a', events: 5 });
    await until('event', 15, 'a');
    send({ type: 'credit', id: 'a', events: 100 });
    await until('caughtUp', 1, 'a');
    expect(positions('a')).toEqual(positions('other'));
  });

  it('ends when it is taken back, and its id can be used again', async () => {
    const store = await openStore();
    const { send, until, positions, ofType } = connected({ store });
    send(SUBSCRIBE);
    await until('caughtUp');
    send({ type: 'unsubscribe', id: 'a' });
    await filled(store, 5);
    expect(positions()).toEqual([]);
    send(SUBSCRIBE);
    await until('event', 5);
    expect(ofType('error')).toEqual([]);
  });

  it('gets one resync for a cursor of another log, and for one beyond the end of this one', async () => {
    const { send, until, ofType, closes, cursor } = connected();
    const foreign = cursorCodec({ logId: '0198f3a0-9999-7abc-8def-000000000001', key: Buffer.alloc(32, 7) });
    send({ ...SUBSCRIBE, id: 'foreign', from: foreign.encode(START) });
    const beyond = '1'.padStart(20, '0') + '0'.repeat(20);
    send({ ...SUBSCRIBE, id: 'beyond', from: cursor.encode(beyond) });
    await until('resync', 2);
    expect(ofType('resync')).toEqual([
      { type: 'resync', id: 'foreign', reason: 'another_log' },
      { type: 'resync', id: 'beyond', reason: 'beyond_the_end' },
    ]);
    await vi.waitFor(() => {
      send({ ...SUBSCRIBE, id: 'beyond' });
      expect(ofType('caughtUp', 'beyond')).toHaveLength(1);
    }, WAIT);
    expect(closes).toEqual([]);
  });

  it.each([
    ['integrity', new LogDamaged('saga-1', 3, 'the hash differs'), 1],
    ['internal', new Error('anything'), 1],
    ['shutting_down', new StoreClosed('closed'), 0],
  ])('is told %s when the log fails, and an unforeseen cause is noted', async (code, cause, times) => {
    const noted: unknown[] = [];
    const store = await openStore();
    const failing: EventStore = {
      ...store,
      subscribe: () => {
        throw cause;
      },
    };
    const { send, until, ofType } = connected({
      store: failing,
      onTrouble: (error) => noted.push(error),
    });
    send(SUBSCRIBE);
    await until('error');
    expect(ofType('error')).toMatchObject([{ id: 'a', code }]);
    expect(noted).toEqual(times === 0 ? [] : [cause]);
  });

  it('stops with its connection', async () => {
    const store = await openStore();
    const { send, until, session, frames } = connected({ store });
    send(SUBSCRIBE);
    await until('caughtUp');
    session.end();
    await filled(store, 3);
    expect(frames).toHaveLength(1);
  });
});

describe('what a client may not do', () => {
  it.each([
    ['a cursor that was altered', { ...SUBSCRIBE, from: 'A'.repeat(60) }, 'bad_cursor'],
    [
      'a collection where there are none',
      { type: 'subscribe', id: 'a', documents: { collection: 'sagas' } },
      'unknown_collection',
    ],
    ['credit for nothing', { type: 'credit', id: 'a', events: 1 }, 'unknown_subscription'],
    ['ending what is not there', { type: 'unsubscribe', id: 'a' }, 'unknown_subscription'],
  ])('gets an error for %s, however often', (_what, frame, code) => {
    const { send, frames, closes } = connected();
    for (let turn = 0; turn < 5; turn += 1) send(frame);
    expect(frames).toEqual(
      Array.from({ length: 5 }, () => ({
        type: 'error',
        id: 'a',
        code,
        detail: expect.any(String) as unknown,
      })),
    );
    expect(closes).toEqual([]);
  });

  it('refuses an id that is in use and a 101st subscription', async () => {
    const { send, until, ofType } = connected();
    for (let index = 0; index < 50; index += 1) send({ ...SUBSCRIBE, id: `s${index}` });
    await until('caughtUp', 50);
    send({ ...SUBSCRIBE, id: 's0' });
    expect(ofType('error')).toMatchObject([{ id: 's0', code: 'duplicate_subscription' }]);
  });

  it('carries 100 subscriptions, not one more', async () => {
    const { send, until, ofType, clock } = connected();
    for (let index = 0; index < 100; index += 1) send({ ...SUBSCRIBE, id: `s${index}` });
    await until('caughtUp', 100);
    await clock.advance(1000, atOnce);
    send({ ...SUBSCRIBE, id: 'more' });
    expect(ofType('error')).toMatchObject([{ id: 'more', code: 'too_many_subscriptions' }]);
  });

  it.each([
    ['unknown types', { type: 'shout' }, 'unknown_message'],
    ['no type', {}, 'unknown_message'],
    ['nothing to subscribe to', { type: 'subscribe', id: 'a' }, 'invalid_input'],
    ['both kinds at once', { ...SUBSCRIBE, documents: { collection: 'sagas' } }, 'invalid_input'],
    [
      'documents from a cursor',
      { type: 'subscribe', id: 'a', from: 'now', documents: { collection: 'sagas' } },
      'invalid_input',
    ],
    ['too much credit', { ...SUBSCRIBE, credit: 10_001 }, 'invalid_input'],
    ['no credit', { ...SUBSCRIBE, credit: 0 }, 'invalid_input'],
    ['an unknown field', { ...SUBSCRIBE, fast: true }, 'invalid_input'],
    ['an id with quotes', { ...SUBSCRIBE, id: '"' }, 'invalid_input'],
    ['text', 'hello', 'invalid_input'],
  ])('closes after three messages with %s', (_what, frame, code) => {
    const { send, frames, closes } = connected();
    send(frame);
    send(frame);
    expect(closes).toEqual([]);
    send(frame);
    expect(frames.map((one) => ('code' in one ? one.code : one.type))).toEqual([code, code, code]);
    expect(closes).toEqual(['policy']);
  });

  it('are told where the flaws are, under the id of a subscribe that has one', () => {
    const { send, frames, session } = connected();
    send({ type: 'subscribe', id: 'b', events: { type: 'lower', speed: 1 }, credit: 0 });
    session.receive({
      kind: 'malformed',
      flaw: { code: 'duplicate_key', detail: 'a key comes twice', pointer: '/events/type', offset: 41 },
      bytes: 60,
    });
    const at = (pointer: string) => expect.objectContaining({ in: 'body', pointer }) as unknown;
    expect(frames).toMatchObject([
      { code: 'invalid_input', id: 'b', errors: [at('/events/type'), at('/events/speed'), at('/credit')] },
      {
        ...{ code: 'malformed_json', detail: 'a key comes twice (at character 41)' },
        errors: [{ in: 'body', pointer: '/events/type', code: 'duplicate_key' }],
      },
    ]);
    expect(frames[1]).not.toHaveProperty('id');
  });

  it('closes when messages and pings come faster than 100 a second', async () => {
    const { session, closes, clock } = connected();
    const ping = (times: number): void => {
      for (let turn = 0; turn < times; turn += 1) session.receive({ kind: 'ping', bytes: 0 });
    };
    ping(100);
    await clock.advance(500, atOnce);
    ping(50);
    expect(closes).toEqual([]);
    ping(1);
    expect(closes).toEqual(['flood']);
  });
});

describe('authentication by the first message', () => {
  const admit: Admit<FeedAccess> = (token) =>
    token === 'broken'
      ? Promise.reject(new Error('no'))
      : Promise.resolve(token === 'good' ? everything() : 'unauthenticated');

  it('opens the connection to a good token', async () => {
    const { send, until, closes, clock } = connected({ entry: { admit } });
    send({ type: 'auth', token: 'good' });
    await until('authenticated');
    send(SUBSCRIBE);
    await until('caughtUp');
    await clock.advance(60_000, atOnce);
    expect(closes).toEqual([]);
  });

  it.each([
    ['bad', 'unauthenticated'],
    ['broken', 'unavailable'],
  ])('closes on a %s one: %s', async (token, reason) => {
    const { send, closes } = connected({ entry: { admit } });
    send({ type: 'auth', token });
    await vi.waitFor(() => expect(closes).toEqual([reason]), WAIT);
  });

  it('closes when none comes within 5 s, subscribes to nothing before, and takes 4 KiB at most', async () => {
    const { send, closes, clock, frames } = connected({ entry: { admit } });
    send(SUBSCRIBE);
    expect(frames).toMatchObject([{ type: 'error', code: 'unauthenticated' }]);
    send({ type: 'auth', token: 'good' }, 4097);
    expect(closes).toEqual(['too_big']);
    await clock.advance(4999, atOnce);
    expect(closes).toHaveLength(1);
    await clock.advance(1, atOnce);
    expect(closes).toEqual(['too_big', 'authentication_timeout']);
  });

  it('is not asked for without authentication', async () => {
    const { send, closes, clock, until } = connected();
    send({ type: 'auth', token: 'any' });
    await until('authenticated');
    await clock.advance(60_000, atOnce);
    expect(closes).toEqual([]);
  });
});

describe('a subscription to documents', () => {
  const position = (number: number) => String(number).padStart(20, '0') + '0'.repeat(20);
  const FRAMES: readonly DocumentFrame[] = [
    { kind: 'snapshot-document', id: 'r1', position: position(3), body: { status: 'WAITING' } },
    { kind: 'snapshot-document', id: 'r2', position: position(5), body: { status: 'WAITING' } },
    { kind: 'snapshot-end', position: position(9) },
    { kind: 'changed', id: 'r1', position: position(11), body: { status: 'WAITING', n: 1 } },
    { kind: 'changed', id: 'r2', position: position(12), body: null },
  ];
  const documents: DocumentFeed = {
    refusalOf: ({ collection, where }) => {
      if (collection !== 'sagas') return { code: 'unknown_collection', detail: 'none of that name' };
      return where.some(({ field }) => field !== 'status')
        ? { code: 'invalid_condition', detail: 'no such field' }
        : undefined;
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a feed from a list has nothing to wait for
    subscribe: async function* () {
      yield* FRAMES;
    },
  };
  const where = [{ field: 'status', op: 'eq', value: 'WAITING' }];

  it('gets the snapshot, its end, then the changes, as its credit allows', async () => {
    const { send, until, frames, cursor, ofType } = connected({ documents });
    send({ type: 'subscribe', id: 'd', documents: { collection: 'sagas', where }, credit: 3 });
    await until('changed');
    expect(ofType('changed')).toHaveLength(1);
    send({ type: 'credit', id: 'd', events: 1 });
    await until('changed', 2);
    const at = (number: number) => cursor.encode(position(number));
    expect(frames).toEqual([
      { type: 'snapshotDocument', id: 'd', documentId: 'r1', cursor: at(3), body: { status: 'WAITING' } },
      { type: 'snapshotDocument', id: 'd', documentId: 'r2', cursor: at(5), body: { status: 'WAITING' } },
      { type: 'snapshotEnd', id: 'd', cursor: at(9) },
      { type: 'changed', id: 'd', documentId: 'r1', cursor: at(11), body: { status: 'WAITING', n: 1 } },
      { type: 'changed', id: 'd', documentId: 'r2', cursor: at(12), body: null },
    ]);
  });

  it('is refused for a collection or a field there is not', () => {
    const { send, frames } = connected({ documents });
    send({ type: 'subscribe', id: 'd', documents: { collection: 'other' } });
    const [condition] = where;
    send({
      type: 'subscribe',
      id: 'd',
      documents: { collection: 'sagas', where: [{ ...condition, field: 'x' }] },
    });
    expect(frames.map((frame) => ('code' in frame ? frame.code : ''))).toEqual([
      'unknown_collection',
      'invalid_condition',
    ]);
  });
});
