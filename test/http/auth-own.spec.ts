import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import { getStream } from '../../src/queries/stream/get-stream.ts';
import { logOf, flowAt, logReaderOf, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { defined } from '../support/registrations.ts';
import { addressOf, guardedEdge, headersFor, routesOf } from './auth-edge.ts';
import { done, JSON_TYPE, positionOf, sagaViewWith } from './edge.ts';
import { each } from './read-edge.ts';

/** In these logs every run is erik's. */
const OWNER = 'erik';
const OTHER = 'mallory-service';
const THEIRS = flowAt(1);
const MISSING = flowAt(99);
const started = event.started(sequential([step('a')]));
const RETRYING = [
  event.dispatched('a'),
  event.failed('a'),
  event.retryScheduled('a', { until: 9_000_000_000_000 }),
];
const written: readonly Written[] = [
  ['orchestration-tenant', defined(['a'])],
  ...[started, ...RETRYING].map((one): Written => [`saga-${THEIRS}`, one]),
  [`saga-${flowAt(2)}`, started],
];
const log = logOf(...written);

const world = async () => {
  const { queries } = await queriesOver(log);
  const contexts: CallContext[] = [];
  const steered = (_flowId: string, _input: unknown, context: CallContext) => {
    contexts.push(context);
    return Promise.resolve(done(null));
  };
  const app = await guardedEdge(
    {
      getStream: getStream(logReaderOf(log)),
      getSaga: (flowId) => Promise.resolve(sagaViewWith({ flowId, position: positionOf(1) })),
      ...{ undoSaga: steered, cancelSaga: steered, pauseSaga: steered, resumeSaga: steered },
    },
    { queries },
  );
  const as = async (subject: string) => {
    const headers = await headersFor(subject, ['service']);
    return {
      get: async (url: string) => {
        const response = await app.inject({ url, headers });
        return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
      },
      post: async (url: string, body: object, more: Record<string, string> = {}) => {
        const given = { ...headers, ...JSON_TYPE, ...more };
        const response = await app.inject({
          method: 'POST',
          url,
          payload: JSON.stringify(body),
          headers: given,
        });
        return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
      },
    };
  };
  return { app, as, contexts };
};
type Client = Awaited<ReturnType<Awaited<ReturnType<typeof world>>['as']>>;

const without = (id: string, { status, body }: Awaited<ReturnType<Client['get']>>) => ({
  status,
  body: JSON.parse(JSON.stringify({ ...body, requestId: '' }).replaceAll(id, 'ID')) as unknown,
});

describe("another service's run", () => {
  it('is answered on every route as one that does not exist', async () => {
    const { app, as, contexts } = await world();
    const client = await as(OTHER);
    const ofRuns = routesOf(app).filter(({ url }) => url.includes(':flowId'));
    expect(ofRuns.length).toBeGreaterThanOrEqual(11);
    for (const { method, url } of ofRuns) {
      const ask = (flowId: string) => {
        const address = addressOf(url, { flowId });
        const dueAt = url.endsWith('/reschedule') ? { dueAt: '2030-01-01T00:00:00Z' } : {};
        return method === 'GET'
          ? client.get(address)
          : client.post(address, { ...dueAt, reason: 'mine now' });
      };
      const foreign = without(THEIRS, await ask(THEIRS));
      expect([url, foreign]).toEqual([url, without(MISSING, await ask(MISSING))]);
      expect(foreign).toMatchObject({ status: 404, body: { code: 'unknown_run' } });
    }
    expect(contexts).toEqual([]);
  });

  it('is served to its owner', async () => {
    const { as, contexts } = await world();
    const { get, post } = await as(OWNER);
    expect(await get(`/api/v1/sagas/${THEIRS}`)).toMatchObject({ status: 200, body: { flowId: THEIRS } });
    expect(each(await get(`/api/v1/sagas/${THEIRS}/timeline`), 'flowId')).toContain(THEIRS);
    for (const verb of ['cancel', 'pause', 'resume'])
      expect((await post(`/api/v1/sagas/${THEIRS}/${verb}`, {})).status).toBe(200);
    expect(contexts).toHaveLength(3);
    expect(contexts[0]).toMatchObject({ actor: { kind: 'service', id: OWNER }, service: OWNER });
  });

  it.each(['saga-', 'attempt-', 'orchestration-'])('has no stream %s… that can be read', async (category) => {
    const { as } = await world();
    const { get } = await as(OTHER);
    const of = (id: string) => `/api/v1/streams/${category}${id}`;
    const foreign = without(THEIRS, await get(of(THEIRS)));
    expect(foreign).toEqual(without(MISSING, await get(of(MISSING))));
    expect(foreign).toMatchObject({ status: 404, body: { code: 'unknown_stream' } });
    expect((await get('/api/v1/streams/orchestration-tenant')).status).toBe(404);
  });

  it('has a stream for its owner, who sees no other category', async () => {
    const { as } = await world();
    const { get } = await as(OWNER);
    const stream = `saga-${THEIRS}`;
    expect(each(await get(`/api/v1/streams/${stream}`), 'stream')).toEqual(Array(4).fill(stream));
    expect((await get('/api/v1/streams/orchestration-tenant')).status).toBe(404);
  });

  it('is in no list, no count and no page of events', async () => {
    const { as } = await world();
    const [other, owner] = [await as(OTHER), await as(OWNER)];
    const LISTS = [
      '/api/v1/sagas',
      '/api/v1/orchestrations/tenant/sagas',
      '/api/v1/timers',
      '/api/v1/events',
    ];
    for (const url of LISTS) {
      expect([url, (await other.get(url)).body['items']]).toEqual([url, []]);
      expect(each(await owner.get(url), url.includes('events') ? 'stream' : 'flowId').length).toBeGreaterThan(
        0,
      );
    }
    expect((await other.get('/api/v1/sagas/counts')).body['total']).toBe(0);
    expect((await owner.get('/api/v1/sagas/counts')).body['total']).toBe(2);
    expect(new Set(each(await owner.get('/api/v1/events'), 'stream'))).toEqual(
      new Set([`saga-${THEIRS}`, `saga-${flowAt(2)}`]),
    );
  });

  it('is not found by naming its owner, nor by a cursor of its owner', async () => {
    const { as } = await world();
    const [other, owner] = [await as(OTHER), await as(OWNER)];
    expect((await other.get(`/api/v1/sagas?owner=${OWNER}`)).body['items']).toEqual([]);
    expect((await other.get(`/api/v1/sagas/counts?owner=${OWNER}`)).body['total']).toBe(0);
    const page = await owner.get('/api/v1/sagas?limit=1');
    const again = `/api/v1/sagas?limit=1&cursor=${String(page.body['nextCursor'])}`;
    expect(each(await owner.get(again), 'flowId')).toHaveLength(1);
    expect(await other.get(again)).toMatchObject({ status: 400, body: { code: 'bad_cursor' } });
  });

  it('is seen by those who may see everything', async () => {
    const { app } = await world();
    const headers = await headersFor(OTHER, ['service', 'viewer']);
    const list = await app.inject({ url: '/api/v1/sagas', headers });
    expect(list.json<{ items: unknown[] }>().items).toHaveLength(2);
    const undo = { method: 'POST' as const, url: `/api/orchestration/undo/${THEIRS}`, headers };
    expect((await app.inject(undo)).statusCode).toBe(404);
  });
});

describe('a service', () => {
  const REGISTRATION = { orchName: 'tenant', as: 'worker', steps: [{ name: 'a' }] };
  const registrar = async (subject = OTHER) => {
    const services: string[] = [];
    const recorded: string[] = [];
    const app = await guardedEdge({
      register: ({ orchName, service }) => {
        services.push(service);
        return Promise.resolve(done({ orchName, registeredSteps: [], failedSteps: [] }));
      },
      refuseRegistration: ({ service }, refusal) => {
        recorded.push(service);
        return Promise.resolve(refusal);
      },
      pollTasks: () => Promise.resolve([]),
      heartbeatWorker: () => ({ state: 'live', lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null }),
    });
    const token = await headersFor(subject, ['service']);
    const post = async (url: string, body: object, headers: Record<string, string> = {}) => {
      const request = { method: 'POST' as const, url, payload: JSON.stringify(body) };
      return (await app.inject({ ...request, headers: { ...JSON_TYPE, ...token, ...headers } })).statusCode;
    };
    return { post, services, recorded };
  };
  const REGISTER = '/api/orchestration/register';

  it('registers under its own name, also when it gives none', async () => {
    const { post, services } = await registrar();
    expect(await post(REGISTER, REGISTRATION)).toBe(200);
    expect(await post(REGISTER, REGISTRATION, { 'x-service-name': OTHER })).toBe(200);
    expect(services).toEqual([OTHER, OTHER]);
  });

  it('does not register under another name, with or without a proper body, and nothing is recorded', async () => {
    const { post, services, recorded } = await registrar();
    for (const body of [REGISTRATION, { ...REGISTRATION, steps: 7 }])
      expect(await post(REGISTER, body, { 'x-service-name': 'trip-service' })).toBe(403);
    expect([services, recorded]).toEqual([[], []]);
    expect(await post(REGISTER, { ...REGISTRATION, steps: 7 })).toBe(400);
    expect(recorded).toEqual([OTHER]);
  });

  it('takes work and gives signs of life as itself only', async () => {
    const { post } = await registrar();
    for (const url of ['/api/v1/tasks/poll', '/api/v1/workers/heartbeat']) {
      expect(await post(url, { service: OTHER })).toBe(200);
      expect(await post(url, { service: 'trip-service' })).toBe(403);
      expect(await post(url, { service: OTHER }, { 'x-service-name': 'trip-service' })).toBe(403);
    }
  });

  it('is handed on to the commands, so that answers and heartbeats are its own', async () => {
    const seen: unknown[] = [];
    const app = await guardedEdge({
      answerTasks: (_answers, { service }) => {
        seen.push(service);
        return Promise.resolve([]);
      },
      heartbeatTasks: (_beats, service) => {
        seen.push(service);
        return Promise.resolve([]);
      },
    });
    const onTask = { flowId: THEIRS, stepName: 'a', action: 'DO', attempt: 1 };
    for (const role of ['service', 'admin'] as const) {
      const headers = { ...JSON_TYPE, ...(await headersFor(OTHER, [role])) };
      const answer = JSON.stringify({ ...onTask, metadata: { status: 'SUCCESS' } });
      await app.inject({ method: 'POST', url: '/api/v1/tasks/responses', payload: answer, headers });
      const beat = JSON.stringify(onTask);
      await app.inject({ method: 'POST', url: '/api/v1/tasks/heartbeat', payload: beat, headers });
    }
    expect(seen).toEqual([OTHER, OTHER, undefined, undefined]);
  });
});
