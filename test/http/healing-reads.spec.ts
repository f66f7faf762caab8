import { describe, expect, it } from 'vitest';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { flowAt, logPosition, timeAt } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { workersRegistered } from '../support/registrations.ts';
import { NOW, sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { cursor } from './edge.ts';
import { each, readEdge, REFUSED, walk } from './read-edge.ts';

const started = event.started(sequential([step('a')]));
const on = (run: number, ...events: readonly SagaEvent[]): Written[] =>
  events.map((each) => [`saga-${flowAt(run)}`, each]);
const waits = (since: number) => event.workerMissing('a', { since: Date.parse(timeAt(since)) });
const text = (ms: number): string => new Date(ms).toISOString();

describe('GET /api/v1/workers', () => {
  const log: readonly Written[] = [
    ['orchestration-tenant', workersRegistered('w', ['a', 'b'])],
    ['orchestration-order', workersRegistered('v', ['a'])],
    ['orchestration-order', workersRegistered('w', ['x'])],
  ];
  const live = { state: 'live', lastPollAt: timeAt(9), lastHeartbeatAt: null, lastClaimAt: null } as const;
  const unseen = { state: 'unseen', lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null } as const;
  const open = () => readEdge(log, { livenessOf: (service) => (service === 'w' ? live : unseen) });

  it('lists services with what they serve and what was heard of them', async () => {
    const { get } = await open();
    const answer = await get('/api/v1/workers');
    expect(answer.body).toMatchObject({
      items: [
        { service: 'v', liveness: unseen, orchestrations: [{ orchName: 'order', steps: [{ name: 'a' }] }] },
        { service: 'w', liveness: live, orchestrations: [{ orchName: 'order' }, { orchName: 'tenant' }] },
      ],
      position: cursor.encode(logPosition(2)),
    });
    expect(await walk(get, '/api/v1/workers?limit=1&sort=-service', 'service')).toEqual(['w', 'v']);
  });

  it.each([
    ['service=w', ['w']],
    ['orchName=order', ['v', 'w']],
    ['orchName=order&step=a', ['v']],
    ['orchName=tenant&step=x', []],
    ['sort=-updatedAt', ['w', 'v']],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await open();
    expect(each(await get(`/api/v1/workers?${query}`), 'service')).toEqual(expected);
  });

  it.each([...REFUSED, 'step=a', 'state=live'])('refuses ?%s', async (query) => {
    const { get } = await open();
    const answer = await get(`/api/v1/workers?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('GET /api/v1/healing', () => {
  const log: readonly Written[] = [
    ...on(1, started, waits(1)),
    ...on(2, started, waits(3)),
    ...on(3, started, waits(5)),
    ...on(4, started, event.workerMissing('b', { since: Date.parse(timeAt(7)) }), event.healed('b')),
  ];
  const gone = on(3, event.cancelled);
  const came: Written = ['orchestration-tenant', workersRegistered('w', ['a'])];
  const latest = async (more: readonly Written[]) => {
    const { get } = await readEdge([...log, ...more]);
    const [found] = each(await get('/api/v1/healing?step=a'), 'latest');
    return found;
  };

  it('tells how an outage began, went on and ended, and where every run is', async () => {
    expect(await latest([])).toMatchObject({ state: 'missing', waited: 3, waiting: 3, gone: 0, resumed: 0 });
    expect(await latest(gone)).toMatchObject({ state: 'missing', waited: 3, waiting: 2, gone: 1 });
    const back = [...gone, came, ...on(1, event.healed('a', { service: 'w' }))];
    expect(await latest(back)).toMatchObject({
      ...{ state: 'resuming', suppliedAt: timeAt(10), suppliedBy: ['w'], until: null },
      ...{ waited: 3, resumed: 1, waiting: 1, gone: 1 },
    });
    expect(await latest([...back, ...on(2, event.healed('a', { service: 'w' }))])).toMatchObject({
      ...{ state: 'over', until: timeAt(12), firstResumedAt: timeAt(11), lastResumedAt: timeAt(12) },
      ...{ waited: 3, resumed: 2, waiting: 0, gone: 1, peakPerSecond: 1 },
    });
  });

  it('calls nobody gone whom the runs, further than the diary, do not show waiting any more', async () => {
    const { get, readStore } = await readEdge([...log, came]);
    const runs = { name: 'sagas', generation: 1 };
    const left = await readStore.getMany(runs, [flowAt(1), flowAt(2), flowAt(3)]);
    const position = logPosition(99);
    const documents = left.map((one) => ({ ...one, position, body: { ...one.body, missing: [] } }));
    await readStore.write(runs, { documents, checkpoint: position });
    const [found] = each(await get('/api/v1/healing?step=a'), 'latest');
    expect(found).toMatchObject({ state: 'resuming', waited: 3, resumed: 0, waiting: 3, gone: 0 });
  });

  it('lists steps, the latest outage first', async () => {
    const { get } = await readEdge(log);
    const answer = await get('/api/v1/healing');
    expect(each(answer, 'step')).toEqual(['b', 'a']);
    expect(each(answer, 'open')).toEqual([false, true]);
    expect(answer.body['position']).toBe(cursor.encode(logPosition(8)));
    expect(await walk(get, '/api/v1/healing?limit=1&sort=since', 'step')).toEqual(['a', 'b']);
  });

  it.each([
    ['open=true', ['a']],
    ['open=false', ['b']],
    ['step=b', ['b']],
    ['orchName=tenant', ['b', 'a']],
    ['orchName=order', []],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`/api/v1/healing?${query}`), 'step')).toEqual(expected);
  });

  it('filters by how a step is shown: over where a worker came and those who waited have ended', async () => {
    const { get } = await readEdge([
      ...log,
      came,
      ...on(1, event.cancelled),
      ...on(2, event.cancelled),
      ...gone,
    ]);
    const [found] = each(await get('/api/v1/healing?step=a'), 'latest');
    expect(found).toMatchObject({ state: 'over', gone: 3 });
    expect(await walk(get, '/api/v1/healing?open=true&limit=1', 'step')).toEqual([]);
    expect(await walk(get, '/api/v1/healing?open=false&limit=1', 'step')).toEqual(['b', 'a']);
    expect(await walk(get, '/api/v1/healing?open=false&sort=since', 'step')).toEqual(['a', 'b']);
  });

  it.each([...REFUSED, 'open=yes', 'step=-'])('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    const answer = await get(`/api/v1/healing?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('GET /api/v1/timers', () => {
  const log: readonly Written[] = [
    ...on(
      1,
      started,
      event.dispatched('a'),
      event.failed('a'),
      event.retryScheduled('a', { until: NOW + 9000 }),
    ),
    ...on(
      2,
      started,
      event.dispatched('a', { until: NOW + 5000 }),
      event.dispatched('b', { until: NOW + 4000 }),
    ),
    ...on(3, started, event.dispatched('a')),
    ...on(4, started, event.dispatched('a', { until: NOW }), event.paused()),
  ];

  const second = { flowId: flowAt(2), orchName: 'tenant', action: 'do', attempt: 1, since: text(NOW) };

  it('lists every timer of every run, the next one first', async () => {
    const { get } = await readEdge(log);
    const answer = await get('/api/v1/timers');
    expect(answer.body['items']).toEqual([
      {
        ...{ ...second, id: `${flowAt(2)}/b/do`, step: 'b', kind: 'schedule', dueAt: text(NOW + 4000) },
        ...{ revision: 2, position: cursor.encode(logPosition(6)) },
      },
      {
        ...{ ...second, id: `${flowAt(2)}/a/do`, step: 'a', kind: 'schedule', dueAt: text(NOW + 5000) },
        ...{ revision: 2, position: cursor.encode(logPosition(6)) },
      },
      {
        ...{ ...second, id: `${flowAt(1)}/a/do`, flowId: flowAt(1), step: 'a', kind: 'retry' },
        ...{ dueAt: text(NOW + 9000), revision: 3, position: cursor.encode(logPosition(3)) },
      },
    ]);
  });

  it('shows them one after the other as they vanish', async () => {
    const ids = async (...more: readonly SagaEvent[]) => {
      const { get } = await readEdge([...log, ...on(2, ...more)]);
      return each(await get('/api/v1/timers'), 'id');
    };
    const other = `${flowAt(1)}/a/do`;
    expect(await ids(event.succeeded('b'))).toEqual([`${flowAt(2)}/a/do`, other]);
    expect(await ids(event.succeeded('b'), event.succeeded('a'))).toEqual([other]);
    expect(await ids(event.cancelled)).toEqual([other]);
    expect(await ids(event.paused())).toEqual([other]);
  });

  it.each([
    [`before=${text(NOW + 5000)}`, ['b']],
    [`before=${text(NOW + 5001)}`, ['b', 'a']],
    ['orchName=order', []],
    ['sort=-dueAt', ['a', 'a', 'b']],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`/api/v1/timers?${query}`), 'step')).toEqual(expected);
  });

  it('pages through timers of many runs, several at one time, in both directions', async () => {
    const at = (run: number, ...dues: readonly number[]) =>
      on(
        run,
        started,
        ...dues.map((due, index) => event.dispatched(`s${index}`, { until: NOW + due * 1000 })),
      );
    const { get } = await readEdge([
      ...at(1, 5, 1, 9),
      ...at(2, 2),
      ...at(3, 5, 5),
      ...at(4, 3, 8),
      ...at(5, 9, 1),
      ...at(6, 5),
    ]);
    const whole = each(await get('/api/v1/timers?limit=500'), 'id');
    expect(whole).toHaveLength(11);
    const dues = each(await get('/api/v1/timers?limit=500'), 'dueAt');
    const keys = dues.map((due, index) => `${String(due)} ${String(whole[index])}`);
    expect(keys).toEqual(keys.toSorted());
    for (const limit of [1, 2, 3, 10, 11]) {
      expect(await walk(get, `/api/v1/timers?limit=${limit}`, 'id')).toEqual(whole);
      expect(await walk(get, `/api/v1/timers?limit=${limit}&sort=-dueAt`, 'id')).toEqual(whole.toReversed());
    }
    const early = await walk(get, `/api/v1/timers?limit=2&before=${text(NOW + 5000)}`, 'id');
    expect(early).toEqual(whole.slice(0, 4));
  });

  it.each([...REFUSED, 'before=soon', 'orchName=-'])('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    const answer = await get(`/api/v1/timers?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});
