import { describe, expect, it } from 'vitest';
import type { DeadLetterEvent } from '../../src/domain/dead-letter/events.ts';
import * as instance from '../support/instances.ts';
import * as letter from '../support/letters.ts';
import { flowAt, logPosition, timeAt } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { cursor, edge, FLOW, JSON_TYPE } from './edge.ts';
import { each, readEdge, REFUSED, walk } from './read-edge.ts';

const on = (number: number, ...events: readonly DeadLetterEvent[]): Written[] =>
  events.map((each) => [`deadletter-${letter.letterAt(number)}`, each]);
const [one, two, three, four, five] = [1, 2, 3, 4, 5].map(letter.letterAt);
const other = { cause: { code: 'too_large', detail: 'd', pointer: null }, fingerprint: letter.hashOf('b') };
const source = { ...letter.letterData().source, topic: 'orchestrator.registration' };

/** Two of one cause, one of another, one resolved, one selected. */
const log: readonly Written[] = [
  ...on(1, letter.parked({ flowId: FLOW })),
  ...on(2, letter.parked({ sequence: letter.hashOf('1') })),
  ...on(3, letter.parked({ ...other, source, sequence: null })),
  ...on(4, letter.parked(), letter.selected(1), letter.redriveStarted(1), letter.resolved(1)),
  ...on(5, letter.parked({ sequence: letter.hashOf('2') }), letter.selected(1)),
];

describe('GET /api/v1/dead-letters', () => {
  it('lists letters without their content, the latest first', async () => {
    const { get } = await readEdge(log);
    const answer = await get('/api/v1/dead-letters?limit=1');
    expect(answer.body).toMatchObject({
      items: [{ id: five, state: 'selected', redriveId: letter.redriveAt(1), revision: 1 }],
      position: cursor.encode(logPosition(8)),
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/1\.k-1\.|redrives|place/);
    expect(await walk(get, '/api/v1/dead-letters?limit=2&sort=parkedAt', 'id')).toEqual([
      ...[one, two, three, four, five],
    ]);
  });

  it.each([
    ['state=parked', [three, two, one]],
    ['topic=orchestrator.registration', [three]],
    ['code=too_large', [three]],
    [`fingerprint=${letter.hashOf('f')}`, [five, four, two, one]],
    [`flowId=${FLOW}`, [one]],
    [`redriveId=${letter.redriveAt(1)}`, [five, four]],
    [`from=${timeAt(1)}&to=${timeAt(3)}`, [three, two]],
    ['sort=-updatedAt&state=selected', [five]],
    ['topic=nowhere', []],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`/api/v1/dead-letters?${query}`), 'id')).toEqual(expected);
  });

  it.each([...REFUSED, 'state=open', 'fingerprint=x', 'flowId=x', 'redriveId=', 'from=now'])(
    'refuses ?%s',
    async (query) => {
      const { get } = await readEdge(log);
      const answer = await get(`/api/v1/dead-letters?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    },
  );
});

describe('GET /api/v1/dead-letters/counts', () => {
  it('counts by state', async () => {
    const { get } = await readEdge(log);
    expect((await get('/api/v1/dead-letters/counts')).body).toEqual({
      counts: { parked: 3, selected: 1, redriving: 0, resolved: 1, discarded: 0 },
      total: 5,
      position: cursor.encode(logPosition(8)),
    });
    const some = await get('/api/v1/dead-letters/counts?code=too_large');
    expect(some.body).toMatchObject({ counts: { parked: 1, selected: 0 }, total: 1 });
    expect(await get('/api/v1/dead-letters/counts?limit=1')).toMatchObject({ status: 400 });
  });
});

describe('GET /api/v1/dead-letters/groups', () => {
  it('groups by what is wrong, the largest first, with the first, the last and an example', async () => {
    const { get } = await readEdge(log);
    const answer = await get('/api/v1/dead-letters/groups?state=parked');
    expect(answer.body).toMatchObject({
      items: [
        {
          ...{ fingerprint: letter.hashOf('f'), count: 2, first: timeAt(0), last: timeAt(1) },
          example: { id: two, code: 'malformed_json', position: cursor.encode(logPosition(1)) },
        },
        { fingerprint: letter.hashOf('b'), count: 1, example: { id: three } },
      ],
      total: 2,
    });
    const all = await get('/api/v1/dead-letters/groups');
    expect(each(all, 'count')).toEqual([4, 1]);
    const found = await get(`/api/v1/dead-letters/groups?fingerprint=${letter.hashOf('b')}`);
    expect(each(found, 'count')).toEqual([1]);
  });

  it('takes no page and no unknown filter', async () => {
    const { get } = await readEdge(log);
    for (const query of ['limit=1', 'status=parked'])
      expect(await get(`/api/v1/dead-letters/groups?${query}`)).toMatchObject({ status: 400 });
  });
});

describe('GET /api/v1/dead-letters/redrives/{redriveId}', () => {
  it('says how far a redrive is', async () => {
    const { get } = await readEdge(log);
    expect((await get(`/api/v1/dead-letters/redrives/${letter.redriveAt(1)}`)).body).toEqual({
      redriveId: letter.redriveAt(1),
      counts: { selected: 1, redriving: 0, resolved: 1, 'parked-again': 0, discarded: 0 },
      ...{ total: 2, isOver: false, position: cursor.encode(logPosition(8)) },
    });
    const over = await readEdge([...log, ...on(5, letter.discarded)]);
    const progress = await over.get(`/api/v1/dead-letters/redrives/${letter.redriveAt(1)}`);
    expect(progress.body).toMatchObject({ isOver: true, counts: { discarded: 1 } });
  });

  it('does not know a redrive that selected nothing', async () => {
    const { get } = await readEdge(log);
    const answer = await get(`/api/v1/dead-letters/redrives/${letter.redriveAt(7)}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_redrive' } });
    expect(await get('/api/v1/dead-letters/redrives/x')).toMatchObject({ status: 400 });
  });
});

describe('POST /api/v1/dead-letters/redrive/preview', () => {
  const started = event.started(sequential([step('a')]));
  const key = letter.hashOf('9');
  const behind = { sequence: key, behind: letter.letterAt(11) };
  /** 11 is poison; 12 and 13 queue behind it, 14 is poison too, 15 queues behind all of them. */
  const story: readonly Written[] = [
    [`saga-${flowAt(1)}`, started],
    [`saga-${flowAt(1)}`, event.completed],
    [`saga-${flowAt(2)}`, started],
    ...on(11, letter.parked({ sequence: key, flowId: flowAt(1) })),
    ...on(12, letter.parked(behind)),
    ...on(13, letter.parked(behind)),
    ...on(14, letter.parked({ sequence: key, flowId: flowAt(2) })),
    ...on(15, letter.parked(behind)),
    ...on(16, letter.parked({ sequence: null, flowId: flowAt(9), truncated: ['value'] })),
    ...on(17, letter.parked(), letter.discarded),
  ];
  const preview = async (body: object, written = story) => {
    const { app } = await readEdge(written);
    const url = '/api/v1/dead-letters/redrive/preview';
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: JSON_TYPE,
      payload: JSON.stringify(body),
    });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };

  it('says how many letters, which runs, and what the order makes of it', async () => {
    const { body } = await preview({ ids: [letter.letterAt(11)] });
    expect(body).toEqual({
      ...{ letters: 1, isCut: false, skipped: {}, topics: { 'orchestrator.response.result': 1 } },
      order: { following: 2, heldUp: 0 },
      runs: {
        ...{ total: 1, ended: 1, unknown: 0 },
        items: [{ flowId: flowAt(1), status: 'COMPLETED', ended: true, letters: 1 }],
      },
      instances: { total: 0, deleted: 0, unknown: 0, items: [] },
      position: cursor.encode(logPosition(10)),
    });
  });

  it('says which instances, and which of them were deleted: their letters cannot be taken any more', async () => {
    const ofInstances: readonly Written[] = [
      ['instance-7', instance.received()],
      ['instance-8', instance.received()],
      ['instance-8', instance.deleted()],
      ...on(21, letter.parked({ instanceId: '7' })),
      ...on(22, letter.parked({ instanceId: '8' })),
      ...on(23, letter.parked({ instanceId: '8' })),
      ...on(24, letter.parked({ instanceId: '99' })),
    ];
    const { body } = await preview({ filter: {} }, ofInstances);
    expect(body['instances']).toEqual({
      ...{ total: 3, deleted: 1, unknown: 1 },
      items: [
        { instanceId: '7', status: 'IN_PROGRESS', deleted: false, letters: 1 },
        { instanceId: '8', status: 'IN_PROGRESS', deleted: true, letters: 2 },
        { instanceId: '99', status: null, deleted: false, letters: 1 },
      ],
    });
  });

  it('says what would wait for a letter that is not selected', async () => {
    const { body } = await preview({ ids: [letter.letterAt(14), letter.letterAt(15)] });
    expect(body).toMatchObject({ letters: 2, order: { following: 0, heldUp: 2 } });
    expect(body['runs']).toMatchObject({ ended: 0, items: [{ status: 'IN_PROGRESS', ended: false }] });
  });

  it('says what would be left as it is', async () => {
    const ids = [16, 17, 99].map(letter.letterAt);
    expect((await preview({ ids })).body).toMatchObject({
      letters: 0,
      skipped: { letter_truncated: 1, letter_closed: 1, unknown_letter: 1 },
    });
  });

  it('takes a group, and a filter, of parked letters only', async () => {
    const all = { letters: 5, skipped: { letter_truncated: 1 }, runs: { total: 2 } };
    expect((await preview({ fingerprint: letter.hashOf('f') })).body).toMatchObject(all);
    expect((await preview({ filter: {} })).body).toMatchObject(all);
    expect((await preview({ filter: { flowId: flowAt(2) } })).body).toMatchObject({ letters: 1 });
    expect((await preview({ filter: { topic: 'nowhere' } })).body).toMatchObject({ letters: 0 });
  });

  it.each([
    ['nothing', {}],
    ['two ways to say which', { ids: [letter.letterAt(1)], filter: {} }],
    ['an unknown filter', { filter: { state: 'parked' } }],
    ['what is no id', { ids: ['x'] }],
    ['no ids', { ids: [] }],
    ['more than one redrive selects', { ids: Array.from({ length: 10_001 }, () => letter.letterAt(1)) }],
  ])('refuses %s', async (_, body) => {
    expect(await preview(body)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('waits for nobody to catch up', async () => {
    const app = await edge();
    const url = `/api/v1/dead-letters/redrive/preview?minPosition=${cursor.encode(logPosition(3))}`;
    const answer = await app.inject({ method: 'POST', url, headers: JSON_TYPE, payload: '{"filter":{}}' });
    expect(answer.json()).toMatchObject({ code: 'behind', readModel: 'dead-letters' });
  });
});
