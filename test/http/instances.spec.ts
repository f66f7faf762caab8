import { describe, expect, it } from 'vitest';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { context, headersWith, instanceWorld, objectWith } from '../support/instance-world.ts';
import { correlationAt } from '../support/instances.ts';
import { edge, JSON_TYPE } from './edge.ts';

const PATH = '/api/v1/instances';
const BODY = { headers: headersWith(), value: objectWith('a title') };

const world = async () => {
  const made = await instanceWorld();
  const app = await edge(made);
  const call = async (
    method: 'POST' | 'GET' | 'DELETE',
    url: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const sent = body === undefined ? {} : { payload: JSON.stringify(body) };
    const given = body === undefined ? headers : { ...JSON_TYPE, ...headers };
    const response = await app.inject({ method, url, headers: given, ...sent });
    const text = response.body;
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  };
  return {
    ...made,
    call,
    post: (url: string, body?: unknown, headers = {}) => call('POST', url, body, headers),
  };
};

describe('a delivery', () => {
  it('gets an id, and says where the instance is', async () => {
    const { post, typesOf } = await world();
    const { status, headers, body } = await post(PATH, { ...BODY, createdAt: '2020-01-01T02:00:00+02:00' });
    expect([status, Object.keys(body).sort()]).toEqual([201, ['id', 'position']]);
    const id = String(body['id']);
    expect(headers['location']).toBe(`${PATH}/${id}`);
    expect(await typesOf(id)).toEqual(['InstanceReceived', 'InstanceRegistered']);
  });

  it('again under the same key is the same instance; another one under it is refused', async () => {
    const { post } = await world();
    const key = { 'idempotency-key': 'k-1' };
    const first = await post(PATH, BODY, key);
    const again = await post(PATH, BODY, key);
    expect([again.status, again.body['id']]).toEqual([201, first.body['id']]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await post(PATH, { ...BODY, value: objectWith('another') }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('loses the ids that came with its objects, on every level', async () => {
    const { post, openInstance } = await world();
    const inner = { ...objectWith('inner'), id: 6 };
    const value = { ...objectWith('outer', { parts: [inner] }), id: 5 };
    const { body } = await post(PATH, { ...BODY, value });
    const opened = await openInstance(String(body['id']));
    expect(opened).toMatchObject({ value: objectWith('outer', { parts: [objectWith('inner')] }) });
    expect(JSON.stringify(opened)).not.toMatch(/"id":[56]/);
  });

  it.each([
    [{ value: BODY.value }, '/headers'],
    [{ headers: BODY.headers }, '/value'],
    [{ ...BODY, headers: { ...BODY.headers, sourceApplicationId: 4 } }, '/headers/sourceApplicationId'],
    [{ ...BODY, headers: { ...BODY.headers, correlationId: 'x' } }, '/headers/correlationId'],
    [{ ...BODY, value: { valuePerKey: { a: 1 } } }, '/value/valuePerKey/a'],
    [
      { ...BODY, value: { objectCollectionPerKey: { a: [{ objectCollectionPerKey: { b: [7] } }] } } },
      '/value/objectCollectionPerKey/a/0/objectCollectionPerKey/b/0',
    ],
    [{ ...BODY, createdAt: 'yesterday' }, '/createdAt'],
    [{ ...BODY, createdAt: '9999-12-31T23:59:59-01:00' }, '/createdAt'],
    [{ ...BODY, owner: 'me' }, '/owner'],
  ])('of another form is refused: %j', async (body, pointer) => {
    const { post } = await world();
    const answer = await post(PATH, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input', errors: [{ pointer }] } });
  });

  it('that is too long is refused', async () => {
    const { post } = await world();
    const value = objectWith('x'.repeat(256 * 1024));
    expect(await post(PATH, { ...BODY, value })).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });
});

describe('deliveries at once', () => {
  it('have a result each: what is wrong with one keeps no other out', async () => {
    const { post } = await world();
    const items = [
      { key: 'a', instance: BODY },
      { key: 'b', instance: { ...BODY, headers: {} } },
      { key: 'c', instance: { ...BODY, value: objectWith('x'.repeat(300_000)) } },
      { key: 'd', instance: { ...BODY, headers: headersWith({ correlationId: correlationAt(4) }) } },
    ];
    const first = await post(`${PATH}/batch`, { items });
    expect(first).toMatchObject({
      status: 200,
      body: {
        results: [
          { key: 'a', outcome: 'received', code: null },
          { key: 'b', outcome: 'refused', id: null, code: 'invalid_input' },
          { key: 'c', outcome: 'refused', id: null, code: 'too_large' },
          { key: 'd', outcome: 'received' },
        ],
        position: expect.any(String) as string,
      },
    });
    const again = await post(`${PATH}/batch`, { items: items.slice(0, 1) });
    const [received] = first.body['results'] as { id: string }[];
    expect(again.body['results']).toMatchObject([{ key: 'a', outcome: 'repeated', id: received?.id }]);
  });

  it('are taken where what is known of one cannot be read', async () => {
    const app = await edge({
      receiveInstance: (_input, { idempotencyKey }) =>
        idempotencyKey === 'a'
          ? Promise.reject(new LogDamaged('intake-1', 0, 'the hash does not match'))
          : Promise.resolve({ kind: 'done', value: { instanceId: '7' }, position: START, replayed: false }),
    });
    const items = ['a', 'b'].map((key) => ({ key, instance: BODY }));
    const answer = await app.inject({ method: 'POST', url: `${PATH}/batch`, payload: { items } });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      results: [
        { key: 'a', outcome: 'refused', code: 'integrity', detail: expect.any(String) as string },
        { key: 'b', outcome: 'received', id: '7' },
      ],
    });
    expect(answer.body).not.toContain('intake-1');
  });

  it('are not refused one by one where it is nothing of theirs that is damaged', async () => {
    const cause = new LogDamaged('sequence-instance', 0, 'the hash does not match');
    const app = await edge({ receiveInstance: () => Promise.reject(new Error('no ids', { cause })) });
    const items = ['a', 'b'].map((key) => ({ key, instance: BODY }));
    const answer = await app.inject({ method: 'POST', url: `${PATH}/batch`, payload: { items } });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ code: 'integrity' });
    expect(answer.body).not.toContain('sequence-instance');
  });

  it('share the keys of single ones', async () => {
    const { post } = await world();
    const single = await post(PATH, BODY, { 'idempotency-key': 'same' });
    const batch = await post(`${PATH}/batch`, { items: [{ key: 'same', instance: BODY }] });
    expect(batch.body['results']).toMatchObject([{ outcome: 'repeated', id: single.body['id'] }]);
  });

  it('are told which may be sent again', async () => {
    const app = await edge({
      receiveInstance: () =>
        Promise.resolve({ kind: 'unavailable', code: 'busy', detail: 'too many writers' }),
    });
    const payload = JSON.stringify({ items: [{ key: 'a', instance: BODY }] });
    const answer = await app.inject({ method: 'POST', url: `${PATH}/batch`, headers: JSON_TYPE, payload });
    expect(answer.json()).toEqual({
      results: [{ key: 'a', outcome: 'unavailable', id: null, code: 'busy', detail: 'too many writers' }],
      position: null,
    });
  });

  it.each([
    { items: [] },
    { items: Array(101).fill({ key: 'k', instance: BODY }) },
    { items: [{ key: '' }] },
    {},
  ])('are refused as a whole where they are no batch (%#)', async (body) => {
    const { post } = await world();
    expect(await post(`${PATH}/batch`, body)).toMatchObject({ status: 400 });
  });
});

describe('a retry', () => {
  it('goes out under a correlation id of its own, once for one key', async () => {
    const { post, received, typesOf } = await world();
    const id = await received('x');
    const key = { 'idempotency-key': 'k' };
    const first = await post(`${PATH}/${id}/retry`, undefined, key);
    expect(first).toMatchObject({ status: 200, body: { status: 'SUCCESS' } });
    const again = await post(`${PATH}/${id}/retry`, undefined, key);
    expect(again.body['correlationId']).toBe(first.body['correlationId']);
    expect((await typesOf(id)).filter((type) => type === 'InstanceRetryRequested')).toHaveLength(1);
  });

  it('of one that is not there, or was deleted, is refused', async () => {
    const { post, received, deleteInstance } = await world();
    const id = await received('x');
    await deleteInstance(id, { reason: 'r' }, context);
    expect(await post(`${PATH}/99/retry`)).toMatchObject({ status: 404, body: { code: 'unknown_instance' } });
    expect(await post(`${PATH}/${id}/retry`)).toMatchObject({
      status: 410,
      body: { code: 'instance_deleted' },
    });
  });

  it('of many has a result for each, now and later', async () => {
    const { post, call, received } = await world();
    const ids = [await received('a'), '98', await received('b')];
    const { status, headers, body } = await post(`${PATH}/retries`, { instanceIds: ids });
    expect(status).toBe(200);
    expect(body['message']).toBe('Retry requested for 2 of 3 instances');
    expect(body['results']).toMatchObject([
      { instanceId: ids[0], outcome: 'requested' },
      { instanceId: '98', outcome: 'not-found', correlationId: null },
      { instanceId: ids[2], outcome: 'requested' },
    ]);
    expect(headers['location']).toBe(`${PATH}/retries/${String(body['batchId'])}`);
    const later = await call('GET', String(headers['location']));
    expect(later.body).toEqual({
      ...{ batchId: body['batchId'], isFinished: true, results: body['results'] },
      ...{ revision: 1, position: later.body['position'] },
    });
    const unknown = await call('GET', `${PATH}/retries/${correlationAt(1)}`);
    expect(unknown).toMatchObject({ status: 404, body: { code: 'unknown_retry_batch' } });
  });

  it.each([{ instanceIds: [] }, { instanceIds: [1] }, { instanceIds: ['x'] }, ['1'], {}])(
    'of many takes a list of ids: not %j',
    async (body) => {
      const { post } = await world();
      expect((await post(`${PATH}/retries`, body)).status).toBe(400);
    },
  );
});

describe('what people do with an instance', () => {
  it('settles one that failed, and no other', async () => {
    const { post, received, reportInstanceError } = await world();
    const id = await received('x');
    const body = { as: 'manually-processed', reason: 'by phone', archiveInstanceId: 'a/1' };
    const early = await post(`${PATH}/${id}/settle`, body);
    expect(early).toMatchObject({ status: 400, body: { code: 'instance_not_failed' } });
    await reportInstanceError(id, { category: 'mapping', errors: [] }, context);
    expect((await post(`${PATH}/${id}/settle`, body)).status).toBe(200);
    expect((await post(`${PATH}/99/settle`, body)).status).toBe(404);
    expect((await post(`${PATH}/${id}/settle`, { as: 'lost' })).status).toBe(400);
  });

  it('deletes one, unless it is held', async () => {
    const { post, call, received } = await world();
    const id = await received('x');
    const why = { reason: 'a court' };
    expect((await post(`${PATH}/${id}/hold`, why)).status).toBe(200);
    const held = await call('DELETE', `${PATH}/${id}`, why);
    expect(held).toMatchObject({ status: 409, body: { code: 'instance_held' } });
    expect((await post(`${PATH}/${id}/lift-hold`, why)).status).toBe(200);
    expect((await call('DELETE', `${PATH}/${id}`, why)).status).toBe(200);
    expect((await call('DELETE', `${PATH}/${id}`, why)).status).toBe(200);
  });

  it.each(['hold', 'lift-hold', ''])('needs a reason and an instance (%s)', async (what) => {
    const { call, received } = await world();
    const id = await received('x');
    const method = what === '' ? 'DELETE' : 'POST';
    const at = (of: string) => (what === '' ? `${PATH}/${of}` : `${PATH}/${of}/${what}`);
    expect(await call(method, at(id), {})).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    expect(await call(method, at('99'), { reason: 'r' })).toMatchObject({ status: 404 });
    expect(await call(method, at('x'), { reason: 'r' })).toMatchObject({ status: 400 });
  });
});
