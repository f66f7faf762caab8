import { describe, expect, it } from 'vitest';
import { GENERAL_SYSTEM_ERROR } from '../../../src/commands/instance/errors.ts';
import type { FlowHeaders } from '../../../src/commands/instance/handlers.ts';
import {
  context,
  headersWith,
  instanceWorld,
  keyed,
  objectWith,
  valueOf,
} from '../../support/instance-world.ts';
import type { Instead } from '../../support/instance-world.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const failures = [{ errorCode: GENERAL_SYSTEM_ERROR, args: null }];

/** Fails the first request of a retry in the way given, and counts. */
const failingRequest = (fail: () => ReturnType<Instead>) => {
  const fault = { count: 0 };
  const instead: Instead = (_stream, [type]) => {
    if (type !== 'InstanceRetryRequested' || fault.count > 0) return undefined;
    fault.count += 1;
    return fail();
  };
  return { fault, instead };
};

describe('a retry', () => {
  it('goes out with the whole object, its headers unchanged but for a fresh correlation id', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const first = valueOf(await world.retryInstance(instanceId, context)).correlationId;
    const second = valueOf(await world.retryInstance(instanceId, context)).correlationId;
    expect(first).toMatch(UUID);
    expect(new Set([first, second, headersWith().correlationId]).size).toBe(3);
    const createdAt = (await world.eventsOf(`instance-${instanceId}`))[0]?.metadata.recordedAt;
    const expected = { instanceId, value: objectWith('a form'), createdAt, errors: null };
    const headers = { ...headersWith(), instanceId };
    for (const [index, correlationId] of [first, second].entries())
      expect(await world.openRetry(instanceId, 2 + index)).toEqual({
        ...expected,
        headers: { ...headers, correlationId },
      });
    expect(await world.flowHeadersOf(instanceId)).toEqual(headers);
    expect(JSON.stringify(await world.eventsOf(`instance-${instanceId}`))).not.toContain('case-2026-1');
  });

  it('is asked for once under the same Idempotency-Key', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const first = await world.retryInstance(instanceId, keyed('k'));
    const again = await world.process().retryInstance(instanceId, keyed('k'));
    expect(again).toEqual({ ...first, replayed: true });
    expect(await world.typesOf(instanceId)).toHaveLength(3);
    expect(valueOf(await world.retryInstance(instanceId, keyed('l')))).not.toEqual(valueOf(first));
  });

  it('takes the headers of whoever is asked for them', async () => {
    const world = await instanceWorld();
    const asked: string[] = [];
    const theirs: FlowHeaders = headersWith({ configurationId: '77' });
    const headersOf = (instanceId: string) => {
      asked.push(instanceId);
      return Promise.resolve(theirs);
    };
    const instanceId = await world.received('a form');
    const { correlationId } = valueOf(await world.process({ headersOf }).retryInstance(instanceId, context));
    expect(asked).toEqual([instanceId]);
    expect(await world.openRetry(instanceId, 2)).toMatchObject({ headers: { ...theirs, correlationId } });
  });

  it('needs an instance whose values are there', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    expect(await world.retryInstance('99', context)).toMatchObject({
      code: 'unknown_instance',
      detail: "Could not find instance with id='99'",
    });
    await world.destroyKeyOf(instanceId);
    expect(await world.retryInstance(instanceId, context)).toMatchObject({ code: 'instance_deleted' });
    await world.deleteInstance(instanceId, { reason: 'asked for' }, context);
    expect(await world.retryInstance(instanceId, context)).toMatchObject({ code: 'instance_deleted' });
  });

  it('is not recorded where nobody knows the headers, or nobody answers', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const nobody = world.process({ headersOf: () => Promise.resolve(undefined) });
    expect(await nobody.retryInstance(instanceId, context)).toMatchObject({
      code: 'no_flow_headers',
      detail: `Could not find instance flow headers for registered instance with id=${instanceId}`,
    });
    const silent = world.process({ headersOf: () => Promise.reject(new Error('no answer in 15 s')) });
    await expect(silent.retryInstance(instanceId, context)).rejects.toThrow('no answer in 15 s');
    expect(await world.typesOf(instanceId)).toEqual(['InstanceReceived', 'InstanceRegistered']);
  });
});

describe('a retry that cannot be asked for', () => {
  it('is recorded with a general error and the headers it would have had', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const { fault, instead } = failingRequest(() =>
      Promise.resolve({ kind: 'refused', code: 'too_large', detail: 'longer than an event may be' }),
    );
    const process = world.process({ instead });
    expect(await process.retryInstance(instanceId, keyed('k'))).toMatchObject({ code: 'too_large' });
    expect(fault.count).toBe(1);
    const opened = await world.openRetry(instanceId, 2);
    expect(opened).toMatchObject({ errors: failures, headers: { instanceId, sourceApplicationId: '4' } });
    expect(opened).not.toMatchObject({ headers: { correlationId: headersWith().correlationId } });
    expect(await process.retryInstance(instanceId, keyed('k'))).toMatchObject({ code: 'retry_failed' });
    expect(await world.typesOf(instanceId)).toEqual([
      ...['InstanceReceived', 'InstanceRegistered', 'InstanceRetryFailed'],
    ]);
  });

  it('is recorded where something throws, and what was thrown reaches the caller', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const { instead } = failingRequest(() => Promise.reject(new Error('the disk is gone')));
    await expect(world.process({ instead }).retryInstance(instanceId, context)).rejects.toThrow(
      'the disk is gone',
    );
    expect((await world.typesOf(instanceId)).at(-1)).toBe('InstanceRetryFailed');
  });

  it('is not said to have failed where it was written after all', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const lost = { count: 0 };
    const instances = {
      ...world.store,
      append: async (...args: Parameters<typeof world.store.append>) => {
        const result = await world.store.append(...args);
        const [first] = args[2];
        if (first?.type !== 'InstanceRetryRequested') return result;
        lost.count += 1;
        return { kind: 'ambiguous' as const, cause: 'the answer was lost' };
      },
    };
    const process = world.over({ store: instances });
    expect(await process.retryInstance(instanceId, context)).toMatchObject({ code: 'outcome_unknown' });
    expect(lost.count).toBeGreaterThan(0);
    expect((await world.typesOf(instanceId)).slice(2)).toEqual(['InstanceRetryRequested']);
  });

  it('leaves it at what the caller is told where the failure cannot be recorded either', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const seal = () => Promise.reject(new Error('the disk is gone'));
    const process = world.process({ keys: { seal } });
    await expect(process.retryInstance(instanceId, context)).rejects.toThrow('the disk is gone');
    expect(await world.typesOf(instanceId)).toHaveLength(2);
  });

  it('is refused where the instance was deleted and erased while its headers were asked for', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const headersOf = async () => {
      valueOf(await world.deleteInstance(instanceId, { reason: 'asked for' }, context));
      await world.destroyKeyOf(instanceId);
      return headersWith();
    };
    const process = world.process({ headersOf });
    expect(await process.retryInstance(instanceId, context)).toMatchObject({ code: 'instance_deleted' });
    const batch = valueOf(await process.retryInstances([instanceId], context));
    expect(batch.results).toMatchObject([{ outcome: 'not-found' }]);
    expect(await world.typesOf(instanceId)).toHaveLength(3);
  });
});

describe('what goes out for a retry', () => {
  it('is there only for a retry, while the key is', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    await world.retryInstance(instanceId, context);
    expect(await world.openRetry(instanceId, 1)).toBeUndefined();
    expect(await world.openRetry(instanceId, 3)).toBeUndefined();
    expect(await world.openRetry('99', 0)).toBeUndefined();
    await world.deleteInstance(instanceId, { reason: 'asked for' }, context);
    expect(await world.openRetry(instanceId, 2)).toMatchObject({ value: objectWith('a form') });
    await world.destroyKeyOf(instanceId);
    expect(await world.openRetry(instanceId, 2)).toBe('erased');
  });
});
