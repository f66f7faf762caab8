import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { cursor, done, edge, FLOW, JSON_TYPE, positionOf, sagaViewWith } from './edge.ts';

const REGISTRATION = { orchName: 'tenant', as: 'worker', steps: [{ name: 'create' }] };
const outcome = { orchName: 'tenant', registeredSteps: ['create'], failedSteps: [] };

describe('POST /api/orchestration/register', () => {
  const url = '/api/orchestration/register';
  const recording = () => {
    const services: string[] = [];
    const register: Handlers['register'] = (input) => {
      services.push(input.service);
      return Promise.resolve(done(outcome, { commit: 5 }));
    };
    return { services, register };
  };

  it('answers with the message, the steps and a position', async () => {
    const app = await edge({ register: () => Promise.resolve(done(outcome, { commit: 5 })) });
    const response = await app.inject({ method: 'POST', url, payload: REGISTRATION });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      status: 'SUCCESS',
      message: 'Registration initiated for orchestration: tenant',
      position: cursor.encode(positionOf(5)),
      registeredSteps: ['create'],
      failedSteps: [],
    });
  });

  it('reads YAML with the same fields', async () => {
    const { services, register } = recording();
    const app = await edge({ register });
    const payload = 'orchName: tenant\nas: worker\nsteps:\n  - name: create\n';
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/yaml' },
      payload,
    });
    expect(response.statusCode).toBe(200);
    expect(services).toEqual(['tenant-service']);
  });

  it('names the service as the header does, or after the orchestration', async () => {
    const { services, register } = recording();
    const app = await edge({ register });
    await app.inject({ method: 'POST', url, payload: REGISTRATION });
    await app.inject({
      method: 'POST',
      url,
      payload: REGISTRATION,
      headers: { 'x-service-name': 'billing' },
    });
    expect(services).toEqual(['tenant-service', 'billing']);
  });

  it('refuses a service name that is none', async () => {
    const app = await edge();
    const response = await app.inject({
      method: 'POST',
      url,
      payload: REGISTRATION,
      headers: { 'x-service-name': 'a b' },
    });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'invalid_header']);
  });

  it('answers a refused registration with 400, its code and its field', async () => {
    const refusal = {
      kind: 'rejected',
      code: 'duplicate_step',
      detail: 'Duplicate step name in request: a',
      pointer: '/steps/1',
    } as const;
    const app = await edge({ register: () => Promise.resolve(refusal) });
    const response = await app.inject({ method: 'POST', url, payload: REGISTRATION });
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({
      type: 'urn:skald:problem:duplicate_step',
      code: 'duplicate_step',
      detail: 'Duplicate step name in request: a',
      errors: [{ pointer: '/steps/1', code: 'duplicate_step' }],
    });
  });
});

describe('POST /api/orchestration/execute/{orchName}', () => {
  const url = '/api/orchestration/execute/tenant';
  const recording = () => {
    const calls: { payload: Buffer; context: CallContext }[] = [];
    const startSaga: Handlers['startSaga'] = ({ payload }, context) => {
      calls.push({ payload: Buffer.from(payload), context });
      return Promise.resolve(done({ flowId: FLOW }, { replayed: calls.length > 1 }));
    };
    return { calls, startSaga };
  };

  it('hands over the bytes as they came, whatever they are', async () => {
    const { calls, startSaga } = recording();
    const app = await edge({ startSaga });
    const bytes = Buffer.from([0, 255, 1, 254]);
    const odd = '{ "id": 9007199254740993 ,"b":1.0}';
    await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/octet-stream' },
      payload: bytes,
    });
    await app.inject({ method: 'POST', url, headers: JSON_TYPE, payload: odd });
    await app.inject({ method: 'POST', url });
    expect(calls.map(({ payload }) => payload)).toEqual([bytes, Buffer.from(odd), Buffer.alloc(0)]);
  });

  it('answers with the flowId and a position', async () => {
    const app = await edge(recording());
    const response = await app.inject({ method: 'POST', url });
    expect(response.headers['location']).toBe(`/api/v1/sagas/${FLOW}`);
    expect(response.json()).toEqual({
      status: 'SUCCESS',
      flowId: FLOW,
      message: 'Orchestration execution started',
      position: cursor.encode(positionOf(1)),
    });
  });

  it('passes the Idempotency-Key on and marks a repeated answer', async () => {
    const { calls, startSaga } = recording();
    const app = await edge({ startSaga });
    const headers = { 'idempotency-key': 'key-1' };
    const first = await app.inject({ method: 'POST', url, headers });
    const second = await app.inject({ method: 'POST', url, headers });
    expect(calls.map(({ context }) => context.idempotencyKey)).toEqual(['key-1', 'key-1']);
    expect([first, second].map((each) => each.headers['idempotency-replayed'])).toEqual([undefined, 'true']);
  });

  it.each(['', 'x'.repeat(256), 'ümlaut'])('refuses the Idempotency-Key %j', async (key) => {
    const app = await edge(recording());
    const response = await app.inject({ method: 'POST', url, headers: { 'idempotency-key': key } });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([400, 'invalid_header']);
  });

  it('starts the run that the header flowId names', async () => {
    const named: (string | undefined)[] = [];
    const startSaga: Handlers['startSaga'] = ({ flowId }) => {
      named.push(flowId);
      return Promise.resolve(done({ flowId: FLOW }));
    };
    const app = await edge({ startSaga });
    const answered = async (headers: Record<string, string>) => {
      const { statusCode, body } = await app.inject({ method: 'POST', url, headers });
      return [statusCode, body.includes('invalid_header')];
    };
    expect(await answered({ flowId: FLOW.toUpperCase() })).toEqual([200, false]);
    expect(await answered({ flowId: 'order-7' })).toEqual([400, true]);
    expect(await answered({ flowId: FLOW, 'idempotency-key': 'key-1' })).toEqual([400, true]);
    expect(named).toEqual([FLOW]);
  });

  it('says who called', async () => {
    const { calls, startSaga } = recording();
    const app = await edge({ startSaga });
    await app.inject({ method: 'POST', url, headers: { 'x-correlation-id': 'order-1' } });
    expect(calls[0]?.context).toEqual({
      actor: { kind: 'anonymous', id: 'local', source: 'http' },
      correlationId: 'order-1',
    });
  });

  it('waits for the end where the caller prefers to, and answers with the results', async () => {
    const getSaga: Handlers['getSaga'] = (_flowId, until) =>
      Promise.resolve(until === undefined ? undefined : sagaViewWith());
    const app = await edge({ ...recording(), getSaga });
    const response = await app.inject({ method: 'POST', url, headers: { prefer: 'wait=5' } });
    expect(response.headers['preference-applied']).toBe('wait=5');
    expect(response.json()).toMatchObject({
      flowId: FLOW,
      saga: { status: 'COMPLETED', position: cursor.encode(positionOf(9)) },
      result: { create: 'aGk=' },
    });
  });

  it.each([
    ['unknown_orchestration', 404],
    ['idempotency_key_reused', 422],
    ['some_new_conflict', 409],
  ])('answers the rejection %s with %i', async (code, status) => {
    const app = await edge({
      startSaga: () => Promise.resolve({ kind: 'rejected', code, detail: 'Orchestration not found: x' }),
    });
    const response = await app.inject({ method: 'POST', url });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code]);
  });

  it.each([
    ['outcome_unknown', 503, '1'],
    ['busy', 503, '1'],
    ['shutting_down', 503, '1'],
    ['storage_full', 507, undefined],
  ] as const)('answers %s with %i and Retry-After %s', async (code, status, retryAfter) => {
    const app = await edge({
      startSaga: () => Promise.resolve({ kind: 'unavailable', code, detail: 'not now' }),
    });
    const response = await app.inject({ method: 'POST', url });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([status, retryAfter]);
  });
});

describe('commands on a run', () => {
  const ok = () => Promise.resolve(done(null, { commit: 3 }));
  it.each([
    ['/api/orchestration/undo/', '', 'undoSaga', `Undo initiated for flowId: ${FLOW}`],
    ['/api/v1/sagas/', '/cancel', 'cancelSaga', `Cancel requested for flowId: ${FLOW}`],
    ['/api/v1/sagas/', '/pause', 'pauseSaga', `Paused flowId: ${FLOW}`],
    ['/api/v1/sagas/', '/resume', 'resumeSaga', `Resumed flowId: ${FLOW}`],
    ['/api/v1/sagas/', '/steps/create/retry', 'retryStep', 'Retry requested for step: create'],
    ['/api/v1/sagas/', '/steps/create/skip', 'skipStep', 'Skipped step: create'],
    ['/api/v1/sagas/', '/steps/create/complete', 'completeStep', 'Marked step as done: create'],
  ])('POST %s{flowId}%s asks %s', async (prefix, suffix, handler, message) => {
    const app = await edge({ [handler]: ok });
    const response = await app.inject({
      method: 'POST',
      url: `${prefix}${FLOW}${suffix}`,
      payload: { reason: 'because' },
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'SUCCESS', message, position: cursor.encode(positionOf(3)) });
  });

  it('fills in the defaults of a body that is missing', async () => {
    const inputs: unknown[] = [];
    const cancelSaga: Handlers['cancelSaga'] = (flowId, input) => {
      inputs.push([flowId, input]);
      return ok();
    };
    const app = await edge({ cancelSaga });
    await app.inject({ method: 'POST', url: `/api/v1/sagas/${FLOW.toUpperCase()}/cancel` });
    await app.inject({
      method: 'POST',
      url: `/api/v1/sagas/${FLOW}/cancel`,
      headers: JSON_TYPE,
      payload: '',
    });
    expect(inputs).toEqual([
      [FLOW, { undo: false }],
      [FLOW, { undo: false }],
    ]);
  });

  it.each(['skip', 'complete'])('refuses to %s a step without a reason', async (verb) => {
    const app = await edge();
    const response = await app.inject({ method: 'POST', url: `/api/v1/sagas/${FLOW}/steps/create/${verb}` });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ errors: [{ in: 'body', pointer: '/reason' }] });
  });

  it.each([
    ['unknown_run', 404],
    ['unknown_step', 404],
    ['run_ended', 409],
    ['step_not_retrying', 409],
  ])('answers the rejection %s with %i', async (code, status) => {
    const app = await edge({ retryStep: () => Promise.resolve({ kind: 'rejected', code, detail: 'no' }) });
    const response = await app.inject({ method: 'POST', url: `/api/v1/sagas/${FLOW}/steps/create/retry` });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code]);
  });

  it('refuses an id that is none, and fields it does not know', async () => {
    const app = await edge();
    const id = await app.inject({ method: 'POST', url: '/api/v1/sagas/not-an-id/pause' });
    const field = await app.inject({
      method: 'POST',
      url: `/api/v1/sagas/${FLOW}/pause`,
      payload: { owner: 'me' },
    });
    expect(id.json()).toMatchObject({ code: 'invalid_input', errors: [{ in: 'path', pointer: '/flowId' }] });
    expect(field.json()).toMatchObject({
      errors: [{ in: 'body', pointer: '/owner', code: 'unrecognized_keys' }],
    });
  });
});
