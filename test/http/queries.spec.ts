import { describe, expect, it } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { cursor, edge, FLOW, positionOf, sagaViewWith } from './edge.ts';

const codeOf = (response: { json: () => unknown }) => (response.json() as { code?: string }).code;

describe('GET /api/v1/sagas/{flowId}', () => {
  const url = `/api/v1/sagas/${FLOW}`;

  it('answers with the run, its position as a cursor and its revision as ETag', async () => {
    const app = await edge({ getSaga: () => Promise.resolve(sagaViewWith()) });
    const response = await app.inject({ url });
    expect(response.headers['etag']).toBe('"7"');
    expect(response.json()).toEqual({ ...sagaViewWith(), position: cursor.encode(positionOf(9)) });
  });

  it.each(['"7"', 'W/"7"', '"3", "7"', '*'])('answers 304 to If-None-Match: %s', async (tag) => {
    const app = await edge({ getSaga: () => Promise.resolve(sagaViewWith()) });
    const response = await app.inject({ url, headers: { 'if-none-match': tag } });
    expect([response.statusCode, response.body, response.headers['etag']]).toEqual([304, '', '"7"']);
  });

  it('answers 404 for an unknown run', async () => {
    const app = await edge({ getSaga: () => Promise.resolve(undefined) });
    const response = await app.inject({ url });
    expect([response.statusCode, codeOf(response)]).toEqual([404, 'unknown_run']);
  });

  it('waits no longer than preferred, and answers with the run as it is', async () => {
    const getSaga: Handlers['getSaga'] = (_flowId, until) =>
      new Promise((resolve) => {
        const answer = () => {
          resolve(sagaViewWith({ status: 'IN_PROGRESS' }));
        };
        if (until === undefined || until.aborted) answer();
        else until.addEventListener('abort', answer);
      });
    const app = await edge({ getSaga });
    const response = await app.inject({ url, headers: { prefer: 'respond-async, wait="1"' } });
    expect(response.headers['preference-applied']).toBe('wait=1');
    expect(response.json()).toMatchObject({ status: 'IN_PROGRESS' });
  });

  it.each(['wait=1.5', 'wait=-1', 'wait=x', 'wait', 'await=3'])(
    'ignores the preference %s',
    async (prefer) => {
      const getSaga: Handlers['getSaga'] = (_flowId, until) =>
        Promise.resolve(sagaViewWith({ orchName: until === undefined ? 'asked-once' : 'waited' }));
      const app = await edge({ getSaga });
      const response = await app.inject({ url, headers: { prefer } });
      expect(response.headers['preference-applied']).toBeUndefined();
      expect(response.json()).toMatchObject({ orchName: 'asked-once' });
    },
  );

  it('takes a minPosition of this log, and tells a forged one from a foreign one', async () => {
    const app = await edge({ getSaga: () => Promise.resolve(sagaViewWith()) });
    const other = cursorCodec({ logId: '0198f3a0-1111-7abc-8def-00000000000f', key: Buffer.alloc(32, 1) });
    const forger = cursorCodec({ logId: '0198f3a0-1111-7abc-8def-000000000001', key: Buffer.alloc(32, 1) });
    const ask = (from: typeof cursor) => app.inject({ url, query: { minPosition: from.encode(START) } });
    const [own, forged, foreign] = [await ask(cursor), await ask(forger), await ask(other)];
    expect(own.statusCode).toBe(200);
    expect([forged.statusCode, codeOf(forged)]).toEqual([400, 'bad_cursor']);
    expect([foreign.statusCode, codeOf(foreign)]).toEqual([410, 'resync']);
  });
});

describe('GET /api/v1/streams/{stream}', () => {
  const stream = `saga-${FLOW}`;
  const url = `/api/v1/streams/${stream}`;
  const event = (revision: number): StoredEvent => ({
    stream,
    revision,
    position: positionOf(10 + revision),
    eventId: FLOW,
    type: 'SagaCompleted',
    data: {},
    metadata: {
      commandId: FLOW,
      correlationId: 'c',
      causationId: FLOW,
      actor: { kind: 'anonymous', id: 'local', source: 'http' },
      schemaVersion: '1.0',
      recordedAt: '2026-01-01T00:00:00.000Z',
    },
    hash: 'ab',
  });

  it('answers with a page, where to go on, the head and the newest position', async () => {
    const app = await edge({
      getStream: () => Promise.resolve({ items: [event(0), event(1)], next: 2, head: 5 }),
    });
    const response = await app.inject({ url });
    expect(response.json()).toEqual({
      items: [0, 1].map((revision) => ({
        ...event(revision),
        position: cursor.encode(positionOf(10 + revision)),
      })),
      nextCursor: '2',
      head: 5,
      position: cursor.encode(positionOf(11)),
    });
  });

  it.each([
    ['', { from: 0, direction: 'forwards', limit: 100 }],
    ['?from=5&limit=1000', { from: 5, direction: 'forwards', limit: 1000 }],
    ['?direction=backwards', { from: 'end', direction: 'backwards', limit: 100 }],
    ['?direction=backwards&from=3&limit=1', { from: 3, direction: 'backwards', limit: 1 }],
  ])('reads %j as %j', async (query, expected) => {
    const asked: unknown[] = [];
    const getStream: Handlers['getStream'] = (_stream, options) => {
      asked.push(options);
      return Promise.resolve({ items: [], head: 0 });
    };
    const app = await edge({ getStream });
    const response = await app.inject({ url: `${url}${query}` });
    expect(response.json()).toEqual({ items: [], head: 0, position: cursor.encode(START) });
    expect(asked).toEqual([expected]);
  });

  it.each([
    'limit=0',
    'limit=-1',
    'limit=1001',
    'limit=1e9',
    'limit=NaN',
    'limit=[]',
    'limit=1&limit=2',
    'limit=',
    'from=-1',
    'from=1.5',
    'from=end',
    'from=99999999999999999',
    'direction=sideways',
    'sort=x',
    '__proto__=1',
    'constructor=1',
    'limit[$gt]=1',
  ])('refuses ?%s', async (query) => {
    const app = await edge();
    const response = await app.inject({ url: `${url}?${query}` });
    expect([response.statusCode, codeOf(response)]).toEqual([400, 'invalid_input']);
  });

  it('answers 404 for an unknown stream, 400 for a name that is none', async () => {
    const app = await edge({ getStream: () => Promise.resolve(undefined) });
    const responses = [await app.inject({ url }), await app.inject({ url: '/api/v1/streams/nodash' })];
    expect(responses.map((each) => [each.statusCode, codeOf(each)])).toEqual([
      [404, 'unknown_stream'],
      [400, 'invalid_input'],
    ]);
  });
});

describe('health', () => {
  it('answers UP while the process lives', async () => {
    const app = await edge({ isReady: () => false });
    for (const url of ['/api/orchestration/health', '/livez']) {
      expect((await app.inject({ url })).json()).toEqual({ status: 'UP' });
    }
  });

  it('is ready when the core is', async () => {
    let isReady = false;
    const app = await edge({ isReady: () => isReady });
    const before = await app.inject({ url: '/readyz' });
    isReady = true;
    const after = await app.inject({ url: '/readyz?verbose' });
    expect([before.statusCode, before.json()]).toEqual([503, { status: 'DOWN' }]);
    expect([after.statusCode, after.json()]).toEqual([
      200,
      { status: 'UP', checks: { core: true, draining: false } },
    ]);
  });

  it('stays ready while the log is full, and says so', async () => {
    const exposition = { contentType: 'text/plain', render: () => Promise.resolve('') };
    const app = await edge({}, { metrics: { exposition, served: () => undefined, isLogFull: () => true } });
    const answer = await app.inject({ url: '/readyz?verbose' });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { status: 'UP', checks: { core: true, draining: false, logFull: true } },
    ]);
  });

  it('has no /healthz', async () => {
    const app = await edge();
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(404);
  });
});
