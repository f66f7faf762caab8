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

  it('lists runs that do something by themselves, the next one first', async () => {
    const { get } = await readEdge(log);
    const answer = await get('/api/v1/timers');
    const timer = { action: 'do', attempt: 1, since: text(NOW) };
    expect(answer.body['items']).toMatchObject([
      {
        ...{ flowId: flowAt(2), orchName: 'tenant', due: text(NOW + 4000) },
        timers: [
          { ...timer, step: 'b', kind: 'schedule', due: text(NOW + 4000) },
          { ...timer, step: 'a', kind: 'schedule', due: text(NOW + 5000) },
        ],
      },
      { flowId: flowAt(1), timers: [{ ...timer, step: 'a', kind: 'retry', due: text(NOW + 9000) }] },
    ]);
    expect(await walk(get, '/api/v1/timers?limit=1&sort=-due', 'flowId')).toEqual([flowAt(1), flowAt(2)]);
  });

  it.each([
    [`before=${text(NOW + 9000)}`, [2]],
    [`before=${text(NOW + 9001)}`, [2, 1]],
    ['orchName=order', []],
  ])('answers ?%s', async (query, expected) => {
    const { get } = await readEdge(log);
    expect(each(await get(`/api/v1/timers?${query}`), 'flowId')).toEqual(expected.map(flowAt));
  });

  it.each([...REFUSED, 'before=soon', 'orchName=-'])('refuses ?%s', async (query) => {
    const { get } = await readEdge(log);
    const answer = await get(`/api/v1/timers?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});
