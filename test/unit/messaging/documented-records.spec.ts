import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { documentedRecordOf } from '../../../src/infra/messaging/out/documented-records.ts';
import type { Documented, DocumentedDeps } from '../../../src/infra/messaging/out/documented-records.ts';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import { context, headersWith, instanceWorld, keyed } from '../../support/instance-world.ts';
import { headersOf, jsonOf } from '../../support/messaging-world.ts';

type Errors = 'named' | 'merged';

const GENERAL = { errorCode: 'FINT_FLYT_INSTANCE_SERVICE_GENERAL_SYSTEM_ERROR', args: null };
const topicsWith = (errors: Errors) => createTopics({ namespace: 'skald', instances: { errors } });

const told = (
  openers: DocumentedDeps['openers'],
  event: StoredEvent | undefined,
  errors: Errors = 'named',
) => {
  if (event === undefined) throw new Error('there is no such event');
  const troubles: unknown[] = [];
  const onTrouble = (error: unknown): void => void troubles.push(error);
  const record = documentedRecordOf({ openers, topics: topicsWith(errors), onTrouble }, event);
  return { record, troubles };
};

const seen = (record: Documented) =>
  typeof record === 'object'
    ? { topic: record.topic, value: record.value && jsonOf(record), headers: headersOf(record) }
    : record;

describe('what the documented topics tell', () => {
  it('of a retry that could not be asked for: its headers and what went wrong', async () => {
    const world = await instanceWorld();
    const id = await world.received('a');
    const broken = world.process({
      instead: (_stream, types) =>
        types.includes('InstanceRetryRequested')
          ? Promise.resolve({ kind: 'refused', code: 'storage_full', detail: 'full' })
          : undefined,
    });
    expect((await broken.retryInstance(id, context)).kind).toBe('unavailable');
    const failed = (await world.eventsOf(`instance-${id}`)).at(-1);
    expect(failed?.type).toBe('InstanceRetryFailed');
    const named = seen(await told(world, failed).record);
    expect(named).toMatchObject({
      topic: 'local.flyt.event.error.instance-retry-request-error',
      value: { errors: [GENERAL] },
      headers: { 'flyt.instance-flow-headers': expect.stringContaining(`"instanceId":${id}`) as unknown },
    });
    expect(JSON.stringify(named)).not.toContain(headersWith().correlationId);
    expect(seen(await told(world, failed, 'merged').record)).toMatchObject({
      topic: 'local.flyt.event.error.instance-error',
      value: { name: 'RETRY_REQUEST', errors: [GENERAL] },
    });
  });

  it('of a delivery that was refused: the headers it came with, and nothing where others told of it', async () => {
    const world = await instanceWorld();
    const refusal = { headers: headersWith(), errors: [GENERAL] };
    await world.refuseIntake(refusal, keyed('1'));
    await world.refuseIntake({ ...refusal, category: 'receival' }, keyed('2'));
    const { events } = await world.store.readAll({ after: '0'.repeat(40), categories: ['intake'], max: 10 });
    expect(seen(await told(world, events[0]).record)).toMatchObject({
      topic: 'local.flyt.event.error.instance-registration-error',
      headers: { 'origin.application.id': 'fint-flyt-instance-service' },
    });
    expect(await told(world, events[1]).record).toBeUndefined();
  });

  it('of anything else of an instance: nothing', async () => {
    const world = await instanceWorld();
    const id = await world.received('a');
    await world.holdInstance(id, { reason: 'why' }, context);
    const [received, registered, held] = await world.eventsOf(`instance-${id}`);
    expect([received, held].map((event) => told(world, event).record)).toEqual([undefined, undefined]);
    expect(await told(world, registered).record).toMatchObject({ key: null });
  });

  it('of what is damaged: nothing, and says so; of what cannot be opened now it tells later', async () => {
    const world = await instanceWorld();
    const id = await world.received('a');
    const [, registered] = await world.eventsOf(`instance-${id}`);
    const failing = (name: string) => ({
      ...world,
      openRegistered: () => Promise.reject(Object.assign(new Error('no'), { name })),
    });
    const damaged = told(failing('CiphertextAltered'), registered);
    expect(await damaged.record).toBe('omitted');
    expect(damaged.troubles).toHaveLength(1);
    await expect(told(failing('MongoError'), registered).record).rejects.toThrow('no');
  });
});
