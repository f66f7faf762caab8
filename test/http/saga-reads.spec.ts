import { describe, expect, it } from 'vitest';
import { flowAt, logOf, logPosition, project, timeAt } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { cursor } from './edge.ts';
import { each, readEdge, REFUSED, walk } from './read-edge.ts';

const started = event.started(sequential([step('a')]));
const ofOrder = { ...started, data: { ...started.data, orchName: 'order' } } as typeof started;
const on = (run: number, ...events: readonly (typeof started)[]): Written[] =>
  events.map((each) => [`saga-${flowAt(run)}`, each]);

// Started at 0, 1, 4 and 8 seconds.
const log: readonly Written[] = [
  ...on(0, event.started(null)),
  ...on(1, started, event.workerMissing('a'), event.healed('a')),
  ...on(2, started, event.workerMissing('a'), event.dispatched('b'), event.paused()),
  ...on(3, ofOrder, event.dispatched('a'), event.succeeded('a'), event.completed),
  ...on(0, event.awaitingDefinition),
];
const LAST = cursor.encode(logPosition(log.length - 1));
const LIST = '/api/v1/sagas';
const flows = (...runs: readonly number[]) => runs.map(flowAt);

describe('GET /api/v1/sagas', () => {
  it('lists runs, the latest first, with what they wait for and where their time went', async () => {
    const { get } = await readEdge(log);
    const answer = await get(LIST);
    expect(each(answer, 'flowId')).toEqual(flows(3, 2, 1, 0));
    expect(answer.body['position']).toBe(LAST);
    expect(answer.body['items']).toMatchObject([
      {
        ...{
          orchName: 'order',
          status: 'COMPLETED',
          type: 'sequential',
          initiator: 'initiator',
          waiting: null,
        },
        ...{
          startedAt: timeAt(8),
          endedAt: timeAt(11),
          durationMs: 3000,
          waitedMs: { none: 2000, 'with-worker': 1000 },
        },
        steps: [{ name: 'a', status: 'SUCCEEDED', attempt: 1, undo: null, durationMs: 1000 }],
      },
      { status: 'PAUSED', waiting: { reason: 'paused' }, missing: ['a'], durationMs: null },
      { status: 'IN_PROGRESS', waiting: null, missing: [] },
      { status: 'WAITING', waiting: { reason: 'definition-missing' }, type: null },
    ]);
  });

  it('shows nothing that was sealed', async () => {
    const { app } = await readEdge(log);
    expect((await app.inject({ url: LIST })).body).not.toMatch(/1\.key-1/);
  });

  it.each([
    ['status=COMPLETED', [3]],
    ['orchName=order', [3]],
    ['orchName=tenant', [2, 1, 0]],
    ['initiator=initiator', [3, 2, 1]],
    ['initiator=nobody', []],
    ['type=sequential', [3, 2, 1]],
    ['owner=erik', [3, 2, 1, 0]],
    [`correlationId=correlation-saga-${flowAt(1)}`, [1]],
    ['waiting=definition-missing', [0]],
    ['waiting=paused', [2]],
    ['missing=a', [2]],
    [`from=${timeAt(4)}`, [3, 2]],
    [`to=${timeAt(4)}`, [1, 0]],
    [`from=${timeAt(1)}&to=${timeAt(8)}&orchName=tenant`, [2, 1]],
    ['sort=startedAt', [0, 1, 2, 3]],
    ['sort=-endedAt', [3, 2, 1, 0]],
    ['sort=endedAt', [0, 1, 2, 3]],
    ['sort=orchName', [3, 0, 1, 2]],
    ['sort=status', [3, 1, 2, 0]],
    ['limit=2', [3, 2]],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`${LIST}?${query}`), 'flowId')).toEqual(flows(...expected));
  });

  it.each([
    ...REFUSED,
    'status=DONE',
    'waiting=nobody',
    'orchName=-',
    'from=now',
    'sort=waitedMs',
    'flowId=1',
  ])('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    expect(await get(`${LIST}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('gives each run once while runs begin and change between its pages', async () => {
    const { get, readStore } = await readEdge(log);
    const first = await get(`${LIST}?limit=2`);
    const later = [...log, ...on(9, started), ...on(1, event.dispatched('a'))];
    await project(readStore, logOf(...later));
    const rest = await walk(get, `${LIST}?limit=2&cursor=${String(first.body['nextCursor'])}`, 'flowId');
    expect([...each(first, 'flowId'), ...rest]).toEqual(flows(3, 2, 1, 0));
    expect(each(await get(LIST), 'flowId')).toEqual(flows(9, 3, 2, 1, 0));
  });
});

describe('GET /api/v1/orchestrations/{name}/sagas', () => {
  const url = '/api/v1/orchestrations/tenant/sagas';

  it('lists the runs of one orchestration, by the same filters', async () => {
    const { get } = await readEdge(log);
    expect(each(await get(url), 'flowId')).toEqual(flows(2, 1, 0));
    expect(each(await get(`${url}?status=PAUSED`), 'flowId')).toEqual(flows(2));
    expect(await walk(get, `${url}?limit=1`, 'flowId')).toEqual(flows(2, 1, 0));
    expect(each(await get('/api/v1/orchestrations/nobody/sagas'), 'flowId')).toEqual([]);
  });

  it.each([...REFUSED, 'orchName=order', 'status=DONE'])('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    expect(await get(`${url}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('GET /api/v1/sagas/counts', () => {
  it('counts runs by status, of all or of some', async () => {
    const { get } = await readEdge(log);
    const none = { FAILED: 0, UNDOING: 0, UNDONE: 0, UNDO_FAILED: 0, CANCELLED: 0 };
    expect(await get(`${LIST}/counts`)).toEqual({
      status: 200,
      body: {
        counts: { ...none, WAITING: 1, IN_PROGRESS: 1, PAUSED: 1, COMPLETED: 1 },
        ...{ total: 4, position: LAST },
      },
    });
    expect((await get(`${LIST}/counts?orchName=order`)).body).toMatchObject({ total: 1 });
    expect((await get(`${LIST}/counts?waiting=definition-missing`)).body).toMatchObject({ total: 1 });
    for (const query of ['limit=1', 'sort=status', 'status=DONE'])
      expect((await get(`${LIST}/counts?${query}`)).status).toBe(400);
  });
});

describe('GET /api/v1/sagas/{flowId}/timeline', () => {
  const url = `${LIST}/${flowAt(1)}/timeline`;

  it('says what happened, in order, page by page', async () => {
    const { get } = await readEdge(log);
    const words = [
      'A run of tenant started',
      'Step a waits: no worker serves it',
      'Step a goes on: a-service serves it now',
    ];
    expect(each(await get(url), 'text')).toEqual(words);
    expect(each(await get(`${url}?sort=-revision`), 'text')).toEqual(words.toReversed());
    expect(await walk(get, `${url}?limit=1`, 'text')).toEqual(words);
  });

  it('answers 404 for an unknown run, 400 for an id that is none', async () => {
    const { get } = await readEdge(log);
    expect(await get(`${LIST}/${flowAt(7)}/timeline`)).toMatchObject({
      status: 404,
      body: { code: 'unknown_run' },
    });
    expect((await get(`${LIST}/seven/timeline`)).status).toBe(400);
  });

  it.each(REFUSED)('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    expect(await get(`${url}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});
