import { describe, expect, it } from 'vitest';
import { getInstanceHistory } from '../../src/queries/instance/get-instance-history.ts';
import { getInstance } from '../../src/queries/instance/get-instance.ts';
import { context, headersWith, instanceWorld, objectWith } from '../support/instance-world.ts';
import * as instance from '../support/instances.ts';
import { timeAt } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { edge } from './edge.ts';
import { each, getter, readEdge, REFUSED, walk } from './read-edge.ts';

const LIST = '/api/v1/instances';

const received = (id: string, some: Parameters<typeof instance.received>[0] = {}): readonly Written[] => [
  [`instance-${id}`, instance.received(some)],
  [`instance-${id}`, instance.registered],
];
const REFUSED_ID = instance.intakeAt(9);
const log: readonly Written[] = [
  ...received('9'),
  ...received('10', { sourceApplicationId: '5', integrationId: null }),
  ['instance-10', instance.errorReported('dispatching')],
  ...received('9007199254740993', { createdAt: '2020-01-01T00:00:00.000Z' }),
  ['instance-9007199254740993', instance.dispatched()],
  ['instance-9007199254740993', instance.deletedAsDispatched()],
  ...received('11'),
  ['instance-11', instance.held],
  ['instance-11', instance.retryRequested(3)],
  [`intake-${REFUSED_ID}`, instance.intakeRefused()],
];

describe('the list of instances', () => {
  it('shows the newest first, refused deliveries among them, a page at a time', async () => {
    const { get } = await readEdge(log);
    const newest = [REFUSED_ID, '11', '10', '9', '9007199254740993'];
    expect(each(await get(LIST), 'id')).toEqual(newest);
    expect(await walk(get, `${LIST}?limit=2`, 'id')).toEqual(newest);
  });

  it('orders ids as numbers', async () => {
    const { get } = await readEdge(log);
    const ids = ['9', '10', '11', '9007199254740993'];
    expect(each(await get(`${LIST}?kind=instance&sort=id`), 'id')).toEqual(ids);
    expect(await walk(get, `${LIST}?kind=instance&sort=-id&limit=1`, 'id')).toEqual(ids.toReversed());
  });

  it.each([
    ['status=FAILED', [REFUSED_ID, '10']],
    ['status=TRANSFERRED', ['9007199254740993']],
    ['storageStatus=STORED_AND_DELETED', ['9007199254740993']],
    ['storageStatus=NEVER_STORED', [REFUSED_ID]],
    ['kind=refused-intake', [REFUSED_ID]],
    ['errorCategory=dispatching', ['10']],
    ['sourceApplicationId=5', ['10']],
    ['sourceApplicationIntegrationId=form-7&integrationId=12', ['11', '9', '9007199254740993']],
    [`correlationId=${instance.correlationAt(3)}`, ['11']],
    ['held=true', ['11']],
    ['from=2026-01-01T00:00:02Z', [REFUSED_ID, '11', '10']],
    ['to=2026-01-01T00:00:00Z', ['9007199254740993']],
    ['owner=nobody', []],
  ])('shows with %s only what fits', async (query, ids) => {
    const { get } = await readEdge(log);
    expect(each(await get(`${LIST}?${query}`), 'id')).toEqual(ids);
  });

  it('says nothing of what is sealed', async () => {
    const { get } = await readEdge(log);
    const { body } = await get(LIST);
    expect(JSON.stringify(body)).not.toContain('1.k-');
    expect(body).not.toHaveProperty('items.0.order');
  });

  it.each([...REFUSED, 'status=nope', 'sourceApplicationId=1.5', 'held=1', 'from=yesterday'])(
    'refuses %s',
    async (query) => {
      const { get } = await readEdge(log);
      expect(await get(`${LIST}?${query}`)).toMatchObject({ status: 400 });
    },
  );

  it('refuses a cursor of another filter', async () => {
    const { get } = await readEdge(log);
    const { body } = await get(`${LIST}?limit=1`);
    const cursor = String(body['nextCursor']);
    expect(await get(`${LIST}?limit=1&status=FAILED&cursor=${cursor}`)).toMatchObject({
      ...{ status: 400, body: { code: 'bad_cursor' } },
    });
  });

  it('counts by status and by what is kept', async () => {
    const { get } = await readEdge(log);
    expect(await get(`${LIST}/counts`)).toMatchObject({
      status: 200,
      body: {
        counts: { IN_PROGRESS: 2, TRANSFERRED: 1, ABORTED: 0, FAILED: 2 },
        storage: { STORED: 3, STORED_AND_DELETED: 1, NEVER_STORED: 1 },
        total: 5,
      },
    });
    expect(await get(`${LIST}/counts?sourceApplicationId=5`)).toMatchObject({
      ...{ body: { total: 1, storage: { STORED: 1 } } },
    });
  });
});

const world = async () => {
  const made = await instanceWorld();
  const { store, keys } = made;
  const app = await edge({
    ...made,
    getInstance: getInstance({ store, keys }),
    getInstanceHistory: getInstanceHistory({ store, keys }),
  });
  return { ...made, get: getter(app) };
};

describe('one instance', () => {
  it('is answered with its headers and its value, tagged with its revision', async () => {
    const { get, received: receive } = await world();
    const id = await receive('a title');
    const found = await get(`${LIST}/${id}`);
    expect(found).toMatchObject({
      status: 200,
      body: {
        id,
        value: objectWith('a title'),
        headers: headersWith(),
        createdAt: expect.any(String) as string,
      },
    });
    const tagged = await get(`${LIST}/${id}/value`);
    expect(tagged.body).toEqual({
      headers: headersWith(),
      value: objectWith('a title'),
      position: found.body['position'],
    });
  });

  it('is gone once it is deleted: its value is 410, what is known of it stays', async () => {
    const { get, received: receive, deleteInstance } = await world();
    const id = await receive('secret');
    await deleteInstance(id, { reason: 'asked for' }, context);
    expect(await get(`${LIST}/${id}/value`)).toMatchObject({
      status: 410,
      body: { code: 'instance_deleted' },
    });
    expect(await get(`${LIST}/${id}`)).toMatchObject({ status: 200, body: { value: null, headers: null } });
    expect(await get(`${LIST}/${id}/history`)).toMatchObject({ status: 200, body: { revision: 2 } });
  });

  it('has a history, its positions as cursors', async () => {
    const { get, received: receive } = await world();
    const id = await receive('x');
    const { status, body } = await get(`${LIST}/${id}/history`);
    expect([status, body['instanceId']]).toEqual([200, id]);
    expect(each({ status, body }, 'category')).toEqual(['received', 'registered']);
    for (const position of each({ status, body }, 'position')) expect(position).toHaveLength(60);
  });

  it.each(['', '/value', '/history'])(
    'is 404 where there is none, and 400 for what is no id (%s)',
    async (of) => {
      const { get } = await world();
      expect(await get(`${LIST}/99${of}`)).toMatchObject({ status: 404, body: { code: 'unknown_instance' } });
      for (const id of ['x', '1.5', '9223372036854775808', '007', '+1'])
        expect([id, (await get(`${LIST}/${id}${of}`)).status]).toEqual([id, 400]);
    },
  );
});

describe('the time a list is of', () => {
  it('is when instances were made', async () => {
    const { get } = await readEdge(received('1'));
    expect(each(await get(LIST), 'createdAt')).toEqual([timeAt(0)]);
  });
});
