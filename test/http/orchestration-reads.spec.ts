import { describe, expect, it } from 'vitest';
import { attempted } from '../support/every-event.ts';
import { logPosition, timeAt } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { defined, refused, workersRegistered } from '../support/registrations.ts';
import { cursor } from './edge.ts';
import { each, readEdge, REFUSED, walk } from './read-edge.ts';

const log: readonly Written[] = [
  ['orchestration-tenant', defined(['a', 'b'])],
  ['orchestration-tenant', workersRegistered('w', ['a'])],
  ['orchestration-order', workersRegistered('v', ['x'], ['x'])],
  ['orchestration-team', defined(['a'])],
  ['orchestration-team', workersRegistered('w', ['a'])],
  ['attempt-0191e1f0-0000-7000-8000-00000000000a', attempted('refused')],
  ['attempt-0191e1f0-0000-7000-8000-00000000000b', attempted('unchanged')],
];
const LAST = cursor.encode(logPosition(log.length - 1));
const LIST = '/api/v1/orchestrations';

describe('GET /api/v1/orchestrations', () => {
  it('lists them by name, with what they miss and how far the list is', async () => {
    const { get } = await readEdge(log);
    const answer = await get(LIST);
    expect(each(answer, 'orchName')).toEqual(['order', 'team', 'tenant']);
    expect(each(answer, 'missingWorkers')).toEqual([[], [], ['b']]);
    expect(each(answer, 'position')).toEqual([2, 4, 1].map((at) => cursor.encode(logPosition(at))));
    expect(answer.body['position']).toBe(LAST);
    expect(answer.body).not.toHaveProperty('nextCursor');
  });

  it.each([
    ['status=PENDING', ['tenant']],
    ['status=SUCCESS', ['team']],
    ['status=FAILED', ['order']],
    ['type=sequential', ['team', 'tenant']],
    ['initiator=front', ['team', 'tenant']],
    ['prefix=te', ['team', 'tenant']],
    ['prefix=TE', []],
    ['missing=b', ['tenant']],
    ['service=w', ['team', 'tenant']],
    ['service=w&status=PENDING', ['tenant']],
    [`from=${timeAt(2)}`, ['order', 'team']],
    [`to=${timeAt(2)}`, ['tenant']],
    [`from=${timeAt(0)}&to=${timeAt(3)}`, ['order', 'tenant']],
    ['from=2026-01-01T02:00:02%2B02:00', ['order', 'team']],
    ['sort=-orchName', ['tenant', 'team', 'order']],
    ['sort=createdAt', ['tenant', 'order', 'team']],
    ['sort=-updatedAt', ['team', 'order', 'tenant']],
    ['sort=status', ['order', 'tenant', 'team']],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`${LIST}?${query}`), 'orchName')).toEqual(expected);
  });

  it.each(REFUSED)('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    expect(await get(`${LIST}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it.each([
    'status=pending',
    'type=chain',
    'initiator=-',
    'prefix=',
    'service=a b',
    'from=2026-01-01',
    'from=2026-01-01T00:00:00',
    'from=0000-00-00T00:00:00Z',
    'from=0000-01-01T00:00:00Z',
    'from=%2B275760-09-13T00:00:00Z',
    'from=9999-12-31T23:59:59-01:00',
    'to=Infinity',
    'to=0',
  ])('refuses the filter %s', async (query) => {
    const { get } = await readEdge(log);
    expect(await get(`${LIST}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('paging', () => {
  const many = (count: number): Written[] =>
    Array.from({ length: count }, (_, run) => [`orchestration-o${run + 10}`, defined(['a'])]);

  it('gives every item once, in either direction, whatever the page', async () => {
    const { get } = await readEdge(many(7));
    const names = [10, 11, 12, 13, 14, 15, 16].map((number) => `o${number}`);
    for (const limit of [1, 2, 3, 7, 500]) {
      expect(await walk(get, `${LIST}?limit=${limit}`, 'orchName')).toEqual(names);
      expect(await walk(get, `${LIST}?limit=${limit}&sort=-orchName`, 'orchName')).toEqual(
        names.toReversed(),
      );
      // All alike: ties go by name.
      expect(await walk(get, `${LIST}?limit=${limit}&sort=status`, 'orchName')).toEqual(names);
    }
  });

  it('refuses a cursor that was altered, is of another query, or none', async () => {
    const { get } = await readEdge(many(3));
    const next = String((await get(`${LIST}?limit=1`)).body['nextCursor']);
    const bad = [
      ...[`limit=1&sort=-orchName&cursor=${next}`, `limit=1&status=PENDING&cursor=${next}`],
      ...[
        `cursor=${next.slice(0, -1)}`,
        `cursor=${next}A`,
        `cursor=A${next.slice(1)}`,
        'cursor=x',
        'cursor=%20',
      ],
    ];
    for (const query of bad)
      expect([query, await get(`${LIST}?${query}`)]).toMatchObject([
        query,
        { status: 400, body: { code: 'bad_cursor' } },
      ]);
    const otherList = await get(`${LIST}/o10/registrations?cursor=${next}`);
    expect(otherList).toMatchObject({ status: 400, body: { code: 'bad_cursor' } });
    expect((await get(`${LIST}?limit=2&cursor=${next}`)).status).toBe(200);
  });
});

describe('GET /api/v1/orchestration-counts', () => {
  const COUNTS = '/api/v1/orchestration-counts';

  it('counts every status, also those that none has', async () => {
    const { get } = await readEdge(log);
    expect(await get(COUNTS)).toEqual({
      status: 200,
      body: { counts: { PENDING: 1, SUCCESS: 1, FAILED: 1 }, total: 3, position: LAST },
    });
    expect(await (await readEdge([])).get(COUNTS)).toMatchObject({
      body: { counts: { PENDING: 0, SUCCESS: 0, FAILED: 0 }, total: 0 },
    });
    expect((await get(`${COUNTS}?status=PENDING`)).status).toBe(400);
  });
});

describe('GET /api/v1/orchestrations/{name}', () => {
  const url = `${LIST}/tenant`;

  it('finds one that is called as something else might be', async () => {
    const names = ['counts', 'preflight', 'registrations', 'sagas'];
    const { get } = await readEdge(names.map((name) => [`orchestration-${name}`, defined(['a'])] as const));
    for (const name of names)
      expect(await get(`${LIST}/${name}`)).toMatchObject({ status: 200, body: { orchName: name } });
  });

  it('answers with the orchestration as the log has it, up to where, and a tag', async () => {
    const { app } = await readEdge(log);
    const response = await app.inject({ url });
    expect(response.headers['etag']).toBe('"1"');
    expect(response.json()).toMatchObject({
      ...{ orchName: 'tenant', status: 'PENDING', missingWorkers: ['b'], missingSince: timeAt(0) },
      ...{ services: ['w'], revision: 1, position: cursor.encode(logPosition(1)) },
      steps: [
        { name: 'a', workers: ['w'], healedAt: timeAt(1) },
        { name: 'b', missingSince: timeAt(0) },
      ],
    });
  });

  it('answers 304 to who has it, and 404 for one that nobody registered', async () => {
    const { app, get } = await readEdge(log);
    const response = await app.inject({ url, headers: { 'if-none-match': '"1"' } });
    expect([response.statusCode, response.body]).toEqual([304, '']);
    expect(await get(`${LIST}/nobody`)).toMatchObject({
      status: 404,
      body: { code: 'unknown_orchestration' },
    });
  });
});

describe('GET /api/v1/orchestrations/{name}/registrations', () => {
  const url = `${LIST}/tenant/registrations`;

  it('lists every attempt, newest first', async () => {
    const { get } = await readEdge([...log, ['orchestration-tenant', refused('no_steps', 'none')]]);
    const answer = await get(url);
    expect(each(answer, 'outcome')).toEqual(['refused', 'unchanged', 'refused', 'registered', 'registered']);
    expect(each(answer, 'service')).toEqual(['front', 'w', 'w', 'w', 'front']);
    expect(each(await get(`${url}?sort=position`), 'service')).toEqual(['front', 'w', 'w', 'w', 'front']);
  });

  it.each([
    ['outcome=refused', ['refused']],
    ['outcome=unchanged', ['unchanged']],
    ['service=w&outcome=registered', ['registered']],
    ['service=nobody', []],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`${url}?${query}`), 'outcome')).toEqual(expected);
  });

  it.each([...REFUSED, 'outcome=maybe', 'orchName=order'])('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    expect(await get(`${url}?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});
