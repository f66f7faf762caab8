import { describe, expect, it } from 'vitest';
import { canonical, MAX_EVENT_BYTES } from '../../../src/domain/canonical.ts';
import { retryBatchStream } from '../../../src/domain/retrybatch/aggregate.ts';
import { MOST_RETRIES } from '../../../src/domain/retrybatch/events.ts';
import { context, headersWith, instanceWorld, keyed, valueOf } from '../../support/instance-world.ts';
import { correlationAt } from '../../support/instances.ts';

type World = Awaited<ReturnType<typeof instanceWorld>>;

const threeIn = async (world: World) => [
  await world.received('one'),
  await world.received('two'),
  await world.received('three'),
];
const retriesOf = async (world: World, instanceId: string) =>
  (await world.typesOf(instanceId)).filter((type) => type === 'InstanceRetryRequested').length;

describe('a batch of retries', () => {
  it('goes through all of them in turn, whatever becomes of each', async () => {
    const world = await instanceWorld();
    const [one = '', two = '', three = ''] = await threeIn(world);
    await world.deleteInstance(two, { reason: 'asked for' }, context);
    const headersOf = (instanceId: string) => {
      if (instanceId === three) return Promise.resolve(undefined);
      return instanceId === '4'
        ? Promise.reject(new Error('nobody answers'))
        : world.flowHeadersOf(instanceId);
    };
    const four = await world.received('four');
    const process = world.process({ headersOf });
    const result = valueOf(await process.retryInstances(['99', one, two, three, four, one], context));
    expect(result.results.map(({ instanceId, outcome }) => [instanceId, outcome])).toEqual([
      ...[
        ['99', 'not-found'],
        [one, 'requested'],
        [two, 'not-found'],
        [three, 'no-headers'],
      ],
      ...[
        [four, 'failed'],
        [one, 'requested'],
      ],
    ]);
    const given = result.results.map(({ correlationId }) => correlationId);
    expect(given.map((id) => id !== null)).toEqual([false, true, false, false, false, true]);
    expect(given[1]).not.toBe(given[5]);
    expect(await retriesOf(world, one)).toBe(2);
    // As they are logged, where nothing but a text or an error says anything.
    expect(process.troubles).toEqual([
      ['99', 'unknown_instance'],
      [two, 'instance_deleted'],
      [three, 'no_flow_headers'],
      [four, new Error('nobody answers')],
    ]);
    expect(await world.getRetryBatch(result.batchId)).toEqual({
      ...{ ...result, isFinished: true },
      revision: 1,
    });
    const events = await world.eventsOf(retryBatchStream(result.batchId));
    expect(events.map(({ type }) => type)).toEqual(['RetryBatchRequested', 'RetryBatchFinished']);
    expect(await world.openRetry(one, 2)).toMatchObject({ headers: { correlationId: given[1] } });
    expect((await world.eventsOf(`instance-${one}`))[2]?.data).toMatchObject({ batchId: result.batchId });
  });

  it('may be empty', async () => {
    const world = await instanceWorld();
    const { batchId, results } = valueOf(await world.retryInstances([], context));
    expect(results).toEqual([]);
    expect(await world.getRetryBatch(batchId)).toEqual({
      ...{ batchId, isFinished: true, results: [] },
      revision: 1,
    });
    expect(await world.getRetryBatch(correlationAt(1))).toBeUndefined();
  });

  it('is the same batch under the same Idempotency-Key, and refused with other ids', async () => {
    const world = await instanceWorld();
    const [one = '', two = ''] = await threeIn(world);
    const first = await world.retryInstances([one, two], keyed('k'));
    expect(await world.process().retryInstances([one, two], keyed('k'))).toEqual({
      ...first,
      replayed: true,
    });
    expect(await retriesOf(world, one)).toBe(1);
    expect(await world.retryInstances([one], keyed('k'))).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('goes on where it was cut off, and asks for none twice', async () => {
    const world = await instanceWorld();
    const ids = await threeIn(world);
    const stalled = world.process({
      headersOf: (instanceId) =>
        instanceId === ids[1] ? new Promise(() => undefined) : world.flowHeadersOf(instanceId),
    });
    void stalled.retryInstances(ids, keyed('k'));
    await expect.poll(() => retriesOf(world, ids[0] ?? '')).toBe(1);
    const { events } = await world.store.readAll({
      after: '0'.repeat(40),
      categories: ['retrybatch'],
      max: 9,
    });
    const batchId = events[0]?.stream.slice('retrybatch-'.length) ?? '';
    expect(await world.getRetryBatch(batchId)).toEqual({
      ...{ batchId, isFinished: false, results: [] },
      revision: 0,
    });

    const { results } = valueOf(await world.process().retryInstances(ids, keyed('k')));
    expect(results.map(({ outcome }) => outcome)).toEqual(['requested', 'requested', 'requested']);
    expect(await Promise.all(ids.map((instanceId) => retriesOf(world, instanceId)))).toEqual([1, 1, 1]);
    expect(await world.openRetry(ids[0] ?? '', 2)).toMatchObject({
      headers: { ...headersWith(), correlationId: results[0]?.correlationId },
    });
  });

  it('is told of once it stands in the log, before the first of them goes out', async () => {
    const world = await instanceWorld();
    const [one = ''] = await threeIn(world);
    const begun = Promise.withResolvers<string>();
    const held = Promise.withResolvers<undefined>();
    const process = world.process({ headersOf: () => held.promise });
    const retrying = process.retryInstances([one], context, begun.resolve);
    const batchId = await begun.promise;
    expect(await world.getRetryBatch(batchId)).toMatchObject({ isFinished: false, results: [] });
    held.resolve(undefined);
    expect(valueOf(await retrying).batchId).toBe(batchId);
  });

  it('is told of to whoever sends it once more while it is under way, and refused to another body', async () => {
    const world = await instanceWorld();
    const [one = '', two = ''] = await threeIn(world);
    const asked = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    const headersOf = () => {
      asked.resolve(undefined);
      return held.promise;
    };
    const { retryInstances } = world.process({ headersOf });
    const call = keyed('the-same');
    const first = retryInstances([one], call);
    await asked.promise;
    const begun = Promise.withResolvers<string>();
    const second = retryInstances([one], call, begun.resolve);
    const batchId = await begun.promise;
    expect(await retryInstances([two], call)).toMatchObject({ code: 'idempotency_key_reused' });
    held.resolve(undefined);
    expect(valueOf(await first)).toEqual(valueOf(await second));
    expect(valueOf(await first).batchId).toBe(batchId);
  });

  it('holds at most so many as fit into one event', async () => {
    const world = await instanceWorld();
    const tooMany = Array.from({ length: MOST_RETRIES + 1 }, (_, index) => String(index + 1));
    expect(await world.retryInstances(tooMany, context)).toMatchObject({ code: 'too_large' });
    const longest = {
      instanceId: '9223372036854775807',
      outcome: 'requested',
      correlationId: correlationAt(1),
    };
    const results = Array.from({ length: MOST_RETRIES }, () => longest);
    expect(Buffer.byteLength(canonical({ results }))).toBeLessThan(MAX_EVENT_BYTES);
  });
});
