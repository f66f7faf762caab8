import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { getStream } from '../../src/queries/stream/get-stream.ts';
import { attempted, laterSagaEvents, sagaStart } from '../support/every-event.ts';
import { flowAt, logOf, logPosition, queriesOver, logReaderOf } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { defined, refused } from '../support/registrations.ts';
import { cursor, edge } from './edge.ts';
import { each, getter } from './read-edge.ts';

const STREAM = `saga-${flowAt(1)}`;
const written: readonly Written[] = [
  ['orchestration-tenant', defined(['a'])],
  ...[sagaStart, ...laterSagaEvents].map((event): Written => [STREAM, event]),
  [`saga-${flowAt(2)}`, sagaStart],
];
const log = logOf(...written);
const outward = (event: StoredEvent) => ({ ...event, position: cursor.encode(event.position) });
const EVENTS = '/api/v1/events';

const open = async (events: readonly StoredEvent[] = log, some: Partial<Handlers> = {}) => {
  const { queries } = await queriesOver(events);
  const app = await edge(some, { queries });
  return { app, get: getter(app) };
};

describe('GET /api/v1/events', () => {
  it('answers with events as they are stored, in the order of the log', async () => {
    const { get } = await open();
    expect(await get(`${EVENTS}?limit=1000`)).toEqual({
      status: 200,
      body: { items: log.map(outward), position: cursor.encode(logPosition(log.length - 1)) },
    });
  });

  it.each([
    ['category=orchestration', ['DefinitionRegistered']],
    ['category=nothing', []],
    ['type=SagaStarted', ['SagaStarted', 'SagaStarted']],
    ['type=SagaStarted&category=orchestration', []],
    [`type=SagaStarted&correlationId=correlation-saga-${flowAt(2)}`, ['SagaStarted']],
    ['correlationId=nobody', []],
    [`from=${cursor.encode(logPosition(log.length - 2))}`, ['SagaStarted']],
  ])('answers ?%s', async (query, types) => {
    const { get } = await open();
    const answer = await get(`${EVENTS}?${query}`);
    expect(each(answer, 'type')).toEqual(types);
    expect(answer.body['position']).toBe(cursor.encode(logPosition(log.length - 1)));
  });

  it('goes on behind each page until the end', async () => {
    const { get } = await open();
    const found: unknown[] = [];
    for (let from: unknown = ''; typeof from === 'string';) {
      const page = await get(`${EVENTS}?limit=7${from}`);
      found.push(...each(page, 'eventId'));
      const next = page.body['nextCursor'];
      from = typeof next === 'string' ? `&from=${next}` : undefined;
    }
    expect(found).toEqual(log.map(({ eventId }) => eventId));
  });

  it('ends a page early in a long log where few events match, and says where to go on', async () => {
    const rare = 25_000;
    const long = Array.from({ length: rare }, (_, number): Written => [
      'attempt-1',
      number === rare - 1 ? refused('no_steps', 'none') : attempted('refused'),
    ]);
    const { queries } = await queriesOver(log, { log: logReaderOf(logOf(...long)) });
    const get = getter(await edge({}, { queries }));
    const first = await get(`${EVENTS}?type=DefinitionRefused`);
    expect(first.body).toMatchObject({ items: [], nextCursor: first.body['position'] });
    const second = await get(`${EVENTS}?type=DefinitionRefused&from=${String(first.body['nextCursor'])}`);
    expect(each(second, 'type')).toEqual(['DefinitionRefused']);
  });

  it.each([
    ...['limit=0', 'limit=1001', 'limit=x', 'limit=1&limit=1', 'category=Saga', 'category=a-b', 'category='],
    ...['type=started', 'type=', 'correlationId=', 'stream=x', 'from=', 'sort=type', '__proto__=1'],
  ])('refuses ?%s', async (query) => {
    const { get } = await open();
    expect(await get(`${EVENTS}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('refuses a position that is none', async () => {
    const { get } = await open();
    for (const name of ['from', 'minPosition'])
      expect(await get(`${EVENTS}?${name}=abc`)).toMatchObject({ status: 400, body: { code: 'bad_cursor' } });
  });
});

describe('a position beyond the end of the log, which has lost its tail', () => {
  it.each(['application/json', 'application/x-ndjson'])('has to start over: %s', async (accept) => {
    const { app } = await open();
    const from = (at: number) => `${EVENTS}?from=${cursor.encode(logPosition(at))}`;
    const beyond = await app.inject({ url: from(log.length), headers: { accept } });
    expect(beyond.statusCode).toBe(410);
    expect(beyond.json()).toMatchObject({ code: 'resync' });
    const end = await app.inject({ url: from(log.length - 1), headers: { accept } });
    expect(end.statusCode).toBe(200);
  });

  it('is none of what was read and is not acknowledged yet', async () => {
    const lastPosition = () => Promise.resolve(logPosition(0));
    const { queries } = await queriesOver(log, { log: { ...logReaderOf(log), lastPosition } });
    const app = await edge({}, { queries });
    const page = (await app.inject(EVENTS)).json<{ position: string }>();
    expect((await app.inject(`${EVENTS}?from=${page.position}`)).statusCode).toBe(200);
    const beyond = `${EVENTS}?from=${cursor.encode(logPosition(log.length))}`;
    expect((await app.inject(beyond)).statusCode).toBe(410);
  });
});

describe('events as lines', () => {
  const lines = { accept: 'application/x-ndjson' };
  const parsed = (body: string): unknown[] =>
    body
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line));

  it('are all of them to the end of the log', async () => {
    const { app } = await open();
    const response = await app.inject({ url: EVENTS, headers: lines });
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    expect(response.headers['vary']).toBe('accept');
    expect(parsed(response.body)).toEqual(log.map(outward));
  });

  it('are filtered, begun and cut off as pages are', async () => {
    const { app } = await open();
    const ask = async (query: string) =>
      parsed((await app.inject({ url: `${EVENTS}?${query}`, headers: lines })).body);
    expect(await ask('type=SagaStarted')).toEqual(
      log.filter(({ type }) => type === 'SagaStarted').map(outward),
    );
    expect(await ask('limit=3')).toEqual(log.slice(0, 3).map(outward));
    expect(await ask(`from=${cursor.encode(logPosition(2))}&limit=2`)).toEqual(log.slice(3, 5).map(outward));
    expect(await ask('category=nothing')).toEqual([]);
  });

  it.each([
    ['application/ndjson', true],
    ['Application/X-NDJSON; q=0.5', true],
    ['text/html, application/jsonl', true],
    ['application/x-ndjson;q=0', false],
    ['application/x-ndjson; q=0.000', false],
    ['application/json', false],
    ['*/*', false],
  ])('are what Accept: %s asks for: %s', async (accept, isLines) => {
    const { app } = await open();
    const response = await app.inject({ url: EVENTS, headers: { accept } });
    expect(response.headers['content-type']?.toString().startsWith('application/x-ndjson')).toBe(isLines);
  });

  it('are cut short in plain sight when the server goes away', async () => {
    const { queries } = await queriesOver(log);
    // A log that never ends: only going away ends the answer.
    const endless: typeof queries.listEvents = async (filter, page) => {
      const found = await queries.listEvents(filter, { after: START, limit: 1 });
      await setImmediate();
      return { ...found, next: page.after };
    };
    const app = await edge({}, { queries: { ...queries, listEvents: endless } });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${address}${EVENTS}`, { headers: lines });
    const [closed] = await Promise.allSettled([response.text(), app.close()]);
    expect(closed).toMatchObject({ status: 'rejected', reason: { message: 'terminated' } });
  });

  it('come from one stream too, in either direction, to its end', async () => {
    const stream = logOf(
      ...Array.from({ length: 1200 }, (): Written => [STREAM, { type: 'SagaCompleted', data: {} }]),
    );
    const readStream = getStream({
      readStream: (_name, { from, direction, max }) => {
        const last = from === 'end' ? stream.length - 1 : from;
        const events =
          direction === 'forwards'
            ? stream.slice(last, last + max)
            : stream.slice(Math.max(0, last + 1 - max), last + 1).toReversed();
        return Promise.resolve({ events, head: stream.length - 1 });
      },
    });
    const { app } = await open([], { getStream: readStream });
    const ask = async (query: string) =>
      parsed((await app.inject({ url: `/api/v1/streams/${STREAM}${query}`, headers: lines })).body);
    expect(await ask('')).toEqual(stream.map(outward));
    expect(await ask('?direction=backwards')).toEqual(stream.toReversed().map(outward));
    expect(await ask('?from=1100')).toEqual(stream.slice(1100).map(outward));
    expect(await ask('?from=10&limit=600')).toEqual(stream.slice(10, 610).map(outward));
  });
});
