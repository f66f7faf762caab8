import { describe, expect, it } from 'vitest';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { UnknownCollection } from '../../src/infra/read-store/port.ts';
import type { QueryDeps } from '../../src/queries/queries.ts';
import { flowAt, logOf, logPosition, project, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { defined } from '../support/registrations.ts';
import { sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { cursor, edge, sagaViewWith } from './edge.ts';
import { readEdge } from './read-edge.ts';

const log: readonly Written[] = [
  ['orchestration-tenant', defined(['a'])],
  [`saga-${flowAt(1)}`, event.started(sequential([step('a')]))],
];
const urls = [
  ...[
    'orchestrations',
    'orchestration-counts',
    'dead-letters',
    'dead-letters/counts',
    'dead-letters/groups',
    'orchestrations/tenant/registrations',
  ],
  ...['orchestrations/tenant/sagas', 'sagas', 'sagas/counts', `sagas/${flowAt(1)}/timeline`],
  ...['workers', 'healing', 'timers'],
].map((path) => `/api/v1/${path}`);
const at = (number: number) => `minPosition=${cursor.encode(logPosition(number))}`;

describe.each(urls)('GET %s with a minPosition', (url) => {
  it('answers at once where the read model has reached it', async () => {
    const { get } = await readEdge(log);
    for (const position of [0, 1]) expect((await get(`${url}?${at(position)}`)).status).toBe(200);
  });

  it('says how far the read model is where it has not', async () => {
    const { app } = await readEdge(log);
    const response = await app.inject({ url: `${url}?${at(2)}` });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({
      ...{ code: 'behind', status: 503, position: cursor.encode(logPosition(1)) },
      readModel: expect.any(String) as unknown,
    });
  });

  it('tells a forged position from one of another log', async () => {
    const { get } = await readEdge(log);
    const forger = cursorCodec({ logId: '0198f3a0-1111-7abc-8def-000000000001', key: Buffer.alloc(32, 1) });
    const other = cursorCodec({ logId: '0198f3a0-1111-7abc-8def-00000000000f', key: Buffer.alloc(32, 7) });
    const ask = (from: typeof cursor) => get(`${url}?minPosition=${from.encode(logPosition(0))}`);
    expect(await ask(forger)).toMatchObject({ status: 400, body: { code: 'bad_cursor' } });
    expect(await ask(other)).toMatchObject({ status: 410, body: { code: 'resync' } });
  });
});

describe.each([
  [`sagas/${flowAt(1)}`, { getSaga: () => Promise.resolve(sagaViewWith()) }],
  ['orchestrations/tenant', {}],
  [`streams/saga-${flowAt(1)}`, { getStream: () => Promise.resolve({ items: [], head: 0 }) }],
  ['events', {}],
])('GET /api/v1/%s, read from the log, with a minPosition', (path, handlers: Partial<Handlers>) => {
  const asked = async (number: number) => {
    const { queries } = await queriesOver(logOf(...log));
    const app = await edge(handlers, { queries });
    return app.inject({ url: `/api/v1/${path}?${at(number)}` });
  };

  it('answers where the log goes up to it', async () => {
    for (const number of [0, 1]) expect((await asked(number)).statusCode).toBe(200);
  });

  it('says where the log ends where it does not', async () => {
    const response = await asked(2);
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
    expect(response.json()).toMatchObject({ code: 'behind', position: cursor.encode(logPosition(1)) });
  });
});

describe('a caller that prefers to wait', () => {
  const url = `/api/v1/orchestrations?${at(2)}`;

  it('is answered as soon as the read model is there', async () => {
    let arrive: () => void = () => undefined;
    const asked = Promise.withResolvers<boolean>();
    const reached: QueryDeps['reached'] = () =>
      new Promise((resolve) => {
        arrive = () => {
          resolve(true);
        };
        asked.resolve(true);
      });
    const { app, readStore } = await readEdge(log, { reached });
    const waiting = app.inject({ url, headers: { prefer: 'wait=20' } });
    await asked.promise;
    await project(readStore, logOf(...log, ['orchestration-order', defined(['a'])]));
    arrive();
    const response = await waiting;
    expect(response.headers['preference-applied']).toBe('wait=20');
    expect(response.json()).toMatchObject({
      items: [{ orchName: 'order' }, { orchName: 'tenant' }],
      position: cursor.encode(logPosition(2)),
    });
  });

  it('is told how far it is when the time is over', async () => {
    const reached: QueryDeps['reached'] = (_name, _position, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(false);
        });
      });
    const { app } = await readEdge(log, { reached });
    const late = await app.inject({ url, headers: { prefer: 'wait=1' } });
    expect([late.statusCode, late.json()]).toMatchObject([503, { code: 'behind' }]);
  });
});

describe('a read model that is not there yet', () => {
  it('is a service that is not ready, not a fault', async () => {
    const { queries } = await queriesOver();
    const missing = () => Promise.reject(new UnknownCollection('sagas has no live generation'));
    const app = await edge({}, { queries: { ...queries, listSagas: missing } });
    const response = await app.inject({ url: '/api/v1/sagas' });
    expect([response.statusCode, response.json()]).toMatchObject([503, { code: 'not_ready' }]);
  });
});
