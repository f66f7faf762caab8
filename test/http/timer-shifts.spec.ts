import { describe, expect, it } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { flowAt, logOf, logPosition, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { NOW, sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { guardedEdge, headersFor } from './auth-edge.ts';
import { cursor, done, edge, JSON_TYPE } from './edge.ts';

const text = (ms: number): string => new Date(NOW + ms).toISOString();
const started = event.started(sequential([step('a')]));
const on = (run: number, ...events: readonly SagaEvent[]): Written[] =>
  [started, ...events].map((each) => [`saga-${flowAt(run)}`, each]);
const failed = [event.dispatched('a'), event.failed('a')];
const log: readonly Written[] = [
  ...on(1, ...failed, event.retryScheduled('a', { until: NOW + 9000 })),
  ...on(2, event.dispatched('a', { until: NOW + 5000 }), event.dispatched('b', { until: NOW + 4000 })),
  ...on(3, ...failed, event.retryScheduled('a', { until: NOW + 1000 }), event.paused()),
  ...on(4, event.dispatched('a')),
];
const SHIFT = '/api/v1/timers/shift';
const filtered = { filter: {}, reason: 'they are closed' };
const body = { ...filtered, byMs: 1000 };
const shiftId = flowAt(77);

const world = async (some: Partial<Handlers> = {}, written = log) => {
  const asked: unknown[] = [];
  const shiftTimers: Handlers['shiftTimers'] = (flowIds, input) => {
    asked.push({ flowIds, input });
    return Promise.resolve(done({ shiftId, runs: flowIds.length }));
  };
  const { queries } = await queriesOver(logOf(...written));
  const app = await edge({ shiftTimers, ...some }, { queries });
  const post = async (given: object, url = SHIFT) => {
    const payload = JSON.stringify(given);
    const { statusCode, headers, ...response } = await app.inject({
      ...{ method: 'POST', url, payload, headers: JSON_TYPE },
    });
    return { status: statusCode, headers, body: response.json<Record<string, unknown>>() };
  };
  return { app, asked, post };
};

describe('POST /api/v1/timers/shift', () => {
  it('has the runs moved whose timers match, the next one first', async () => {
    const { asked, post } = await world();
    const answer = await post(body);
    expect(answer).toMatchObject({
      status: 200,
      headers: { location: `/api/v1/timers/shifts/${shiftId}` },
      body: { status: 'SUCCESS', message: 'The timers of 2 runs are being moved', shiftId, runs: 2 },
    });
    expect(asked).toEqual([
      { flowIds: [flowAt(2), flowAt(1)], input: { ...body, perSecond: 200, dryRun: false } },
    ]);
  });

  it('only says which, where it is a dry run', async () => {
    const { asked, post } = await world();
    const answer = await post({ ...body, dryRun: true });
    expect(answer.body).toMatchObject({
      ...{ count: 3, runs: 2, isCut: false, position: cursor.encode(logPosition(log.length - 1)) },
      first: [
        { id: `${flowAt(2)}/b/do`, kind: 'schedule', revision: 2, dueAt: text(4000), newDueAt: text(5000) },
        { id: `${flowAt(2)}/a/do`, dueAt: text(5000), newDueAt: text(6000) },
        { id: `${flowAt(1)}/a/do`, kind: 'retry', dueAt: text(9000), newDueAt: text(10_000) },
      ],
    });
    const one = await post({ ...filtered, to: text(0), dryRun: true });
    expect(one.body['first']).toMatchObject([text(0), text(0), text(0)].map((newDueAt) => ({ newDueAt })));
    expect(asked).toEqual([]);
  });

  it.each([
    [{ kind: 'retry' }, [flowAt(1)]],
    [{ kind: 'schedule' }, [flowAt(2)]],
    [{ step: 'b' }, [flowAt(2)]],
    [{ from: text(5000) }, [flowAt(2), flowAt(1)]],
    [{ from: text(5001) }, [flowAt(1)]],
    [{ before: text(5000) }, [flowAt(2)]],
    [{ from: text(4500), before: text(9000), step: 'b' }, []],
    [{ orchName: 'order' }, []],
  ])('selects by %j', async (filter, flowIds) => {
    const { asked, post } = await world();
    await post({ ...body, filter });
    expect(asked).toMatchObject([{ flowIds }]);
  });

  it('shows the hundred that are due next', async () => {
    const many = Array.from({ length: 120 }, (_, run) =>
      on(run, event.dispatched('a', { until: NOW + run })),
    );
    const { post } = await world({}, many.flat());
    const { body: preview } = await post({ ...body, dryRun: true });
    expect(preview).toMatchObject({ count: 120, runs: 120, isCut: false });
    expect(preview['first']).toHaveLength(100);
  });

  it('waits until the read model reflects what the caller has seen', async () => {
    const { post } = await world();
    const behind = await post(body, `${SHIFT}?minPosition=${cursor.encode(logPosition(99))}`);
    expect(behind).toMatchObject({ status: 503, body: { code: 'behind', readModel: 'sagas' } });
  });

  it.each([
    {},
    { ...body, byMs: 0 },
    { ...body, byMs: 1e15 },
    { ...body, byMs: 0.5 },
    { ...body, to: text(0) },
    { filter: {}, reason: 'r' },
    { filter: {}, byMs: 1 },
    { byMs: 1, reason: 'r' },
    { ...body, filter: { kind: 'other' } },
    { ...body, filter: { nope: 1 } },
    { ...body, perSecond: 0 },
    { ...body, perSecond: 1001 },
  ])('refuses %j', async (given) => {
    const { post } = await world();
    expect(await post(given)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it('answers a refusal of the core', async () => {
    const refusal = { kind: 'rejected', code: 'too_large', detail: 'narrow the filter' } as const;
    const { post } = await world({ shiftTimers: () => Promise.resolve(refusal) });
    expect(await post(body)).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });

  it('moves the runs of a service itself, and nobody else’s', async () => {
    const asked: unknown[] = [];
    const { queries } = await queriesOver(logOf(...log));
    const shiftTimers: Handlers['shiftTimers'] = (flowIds) => {
      asked.push(flowIds);
      return Promise.resolve(done({ shiftId, runs: flowIds.length }));
    };
    const app = await guardedEdge({ shiftTimers }, { queries });
    for (const subject of ['erik', 'mallory-service']) {
      const headers = { ...JSON_TYPE, ...(await headersFor(subject, ['service'])) };
      await app.inject({ method: 'POST', url: SHIFT, payload: JSON.stringify(body), headers });
    }
    expect(asked).toEqual([[flowAt(2), flowAt(1)], []]);
  });
});

describe('GET /api/v1/timers/shifts/{shiftId}', () => {
  const view = {
    ...{ shiftId, isFinished: true, runs: 2, timersMoved: 3, reason: 'they are closed', revision: 2 },
    counts: { moved: 1, unchanged: 0, refused: 1 },
    results: [
      { flowId: flowAt(2), outcome: 'moved', moved: 2, code: null },
      { flowId: flowAt(3), outcome: 'refused', moved: 0, code: 'run_paused' },
    ],
    owner: 'erik',
  } as const;
  const getTimerShift: Handlers['getTimerShift'] = (id) => Promise.resolve(id === shiftId ? view : undefined);

  it('says how it goes on, and what became of each run', async () => {
    const app = await edge({ getTimerShift });
    const response = await app.inject({ url: `/api/v1/timers/shifts/${shiftId}` });
    expect([response.statusCode, response.json()]).toEqual([
      200,
      { ...view, position: cursor.encode(START) },
    ]);
    expect(response.headers.etag).toBe(`"${view.revision}"`);
  });

  it('answers what is not there with 404, and what is no id with 400', async () => {
    const app = await edge({ getTimerShift });
    const of = async (id: string) => {
      const response = await app.inject({ url: `/api/v1/timers/shifts/${id}` });
      return [response.statusCode, response.json<{ code: string }>().code];
    };
    expect(await of(flowAt(1))).toEqual([404, 'unknown_timer_shift']);
    expect(await of('x')).toEqual([400, 'invalid_input']);
  });

  it('is there only for whose it is, where somebody sees what is their own', async () => {
    const app = await guardedEdge({ getTimerShift });
    const of = async (subject: string) => {
      const headers = await headersFor(subject, ['service']);
      return (await app.inject({ url: `/api/v1/timers/shifts/${shiftId}`, headers })).statusCode;
    };
    expect([await of('erik'), await of('mallory-service')]).toEqual([200, 404]);
  });
});
