import { describe, expect, it } from 'vitest';
import type { Preflight } from '../../src/queries/orchestration/preflight-view.ts';
import type { Explanation } from '../../src/queries/saga/explanation.ts';
import type { UndoPlanView } from '../../src/queries/saga/undo-plan-view.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import { cursor, edge, FLOW, positionOf } from './edge.ts';

const explained: Explanation = {
  flowId: FLOW,
  orchName: 'tenant',
  status: 'WAITING',
  words: 'Step create has no worker.',
  waiting: null,
  steps: [],
  commands: [],
  next: null,
  time: { from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:00.000Z', totalMs: 0, spent: [] },
  position: positionOf(5),
};
const plan: UndoPlanView = {
  flowId: FLOW,
  orchName: 'tenant',
  status: 'COMPLETED',
  canUndo: true,
  words: 'An undo now would find nothing to undo.',
  steps: [],
  irreversible: [],
  position: positionOf(6),
};
const checked: Preflight = {
  orchName: 'tenant',
  status: 'PENDING',
  willRun: false,
  problems: [{ code: 'worker_missing', isBlocking: true, step: 'create', detail: 'No worker.' }],
  position: positionOf(7),
};

const found = () =>
  edge({
    explainSaga: () => Promise.resolve(explained),
    getUndoPlan: () => Promise.resolve(plan),
    preflight: () => Promise.resolve(checked),
  });
const nothing = () =>
  edge({
    explainSaga: () => Promise.resolve(undefined),
    getUndoPlan: () => Promise.resolve(undefined),
    preflight: () => Promise.resolve(undefined),
  });

const EXPLAIN = `/api/v1/sagas/${FLOW}/explain`;
const UNDO_PLAN = `/api/v1/sagas/${FLOW}/undo-plan`;
const PREFLIGHT = '/api/v1/orchestrations/tenant/preflight';
const outcome = (response: { readonly statusCode: number; json: () => unknown }) => [
  response.statusCode,
  (response.json() as { code?: string }).code,
];

describe.each([
  [EXPLAIN, explained, 'unknown_run'],
  [UNDO_PLAN, plan, 'unknown_run'],
  [PREFLIGHT, checked, 'unknown_orchestration'],
] as const)('GET %s', (url, view, unknown) => {
  it('answers with the view, its position as a cursor', async () => {
    const response = await (await found()).inject({ url });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ ...view, position: cursor.encode(view.position) });
  });

  it('answers 404 where there is none', async () => {
    expect(outcome(await (await nothing()).inject({ url }))).toEqual([404, unknown]);
  });

  it('takes a minPosition of this log, refuses a forged and a foreign one', async () => {
    const app = await found();
    const ask = (minPosition: string) => app.inject({ url, query: { minPosition } });
    const foreign = cursorCodec({ logId: '0198f3a0-1111-7abc-8def-00000000000f', key: Buffer.alloc(32, 1) });
    expect((await ask(cursor.encode(START))).statusCode).toBe(200);
    expect(outcome(await ask('forged'))).toEqual([400, 'bad_cursor']);
    expect(outcome(await ask(foreign.encode(positionOf(1))))).toEqual([410, 'resync']);
  });

  it('refuses parameters it does not know', async () => {
    const response = await (await found()).inject({ url, query: { until: 'now' } });
    expect(outcome(response)).toEqual([400, 'invalid_input']);
    expect(response.json()).toMatchObject({ errors: [{ in: 'query' }] });
  });
});

describe('names in the path', () => {
  it.each([
    ['/api/v1/sagas/7/explain', '/flowId'],
    ['/api/v1/sagas/7/undo-plan', '/flowId'],
    ['/api/v1/orchestrations/7up/preflight', '/name'],
  ])('of %s are refused where they are none', async (url, pointer) => {
    const response = await (await found()).inject({ url });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid_input', errors: [{ in: 'path', pointer }] });
  });
});

describe('POST /api/v1/workers/heartbeat', () => {
  const url = '/api/v1/workers/heartbeat';
  const liveness = { state: 'deaf', lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null } as const;

  it('answers how the service stands', async () => {
    const heard: string[] = [];
    const app = await edge({
      heartbeatWorker: ({ service }) => {
        heard.push(service);
        return liveness;
      },
    });
    const response = await app.inject({ method: 'POST', url, payload: { service: 'crm' } });
    expect([response.statusCode, response.json()]).toEqual([200, { service: 'crm', liveness }]);
    expect(heard).toEqual(['crm']);
  });

  it.each([
    [{}, '/service'],
    [{ service: 'a b' }, '/service'],
    [{ service: 'crm', since: 1 }, '/since'],
  ])('refuses %j', async (payload, pointer) => {
    const app = await edge();
    const response = await app.inject({ method: 'POST', url, payload });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid_input', errors: [{ in: 'body', pointer }] });
  });
});

describe('permissions', () => {
  it('are those of reading, and of working', async () => {
    const app = await edge();
    const table = Object.fromEntries(
      app.routeTable.list().map(({ method, url, permission }) => [`${method} ${url}`, permission]),
    );
    expect(table).toMatchObject({
      'GET /api/v1/sagas/:flowId/explain': 'saga:read',
      'GET /api/v1/sagas/:flowId/undo-plan': 'saga:read',
      'GET /api/v1/orchestrations/:name/preflight': 'orchestration:read',
      'POST /api/v1/workers/heartbeat': 'task:work',
    });
  });
});
