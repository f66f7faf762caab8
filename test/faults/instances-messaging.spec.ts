import { describe, expect, it } from 'vitest';
import { instanceStream } from '../../src/domain/instance/aggregate.ts';
import { keyId } from '../../src/domain/sealed.ts';
import type { MessagingDeps } from '../../src/infra/messaging/messaging.ts';
import { context, headersWith, objectWith, valueOf } from '../support/instance-world.ts';
import {
  embeddedBusOfTest,
  FLOW_HEADERS,
  flowJson,
  flowOf,
  freshConfig,
  instanceStage,
  textOf,
} from '../support/instance-story.ts';
import { eventually } from '../support/messaging-world.ts';

type Faults = (deps: MessagingDeps) => MessagingDeps;
type Stage = Awaited<ReturnType<typeof instanceStage>>;

const stage = async (faults?: Faults) => instanceStage(await embeddedBusOfTest(), freshConfig(), faults);

const receivedBy = async ({ world }: Stage, titles: readonly string[]): Promise<void> => {
  for (const title of titles)
    valueOf(
      await world.core.commands.receiveInstance(
        { headers: headersWith(), value: objectWith(title) },
        context,
      ),
    );
};

const destroyKeyOf = async ({ world }: Stage, instanceId: string): Promise<void> => {
  const [received] = (await world.events()).filter(({ stream }) => stream === instanceStream(instanceId));
  const data = Object.entries(received?.data ?? {});
  const key = keyId.parse(data.find(([name]) => name === 'keyId')?.[1]);
  await world.core.deps.keys.destroy([key]);
};

describe('what is told of instances', () => {
  it('comes again, the same, where the bridge is killed between the bus and its checkpoint', async () => {
    const saves = { isDead: false, fired: 0 };
    const one = await stage((deps) => ({
      ...deps,
      checkpoints: {
        ...deps.checkpoints,
        save: (follower, position) => {
          saves.fired += 1;
          saves.isDead ||= saves.fired === 2;
          return saves.isDead
            ? Promise.reject(new Error('killed'))
            : deps.checkpoints.save(follower, position);
        },
      },
    }));
    const [registered, deleted] = [
      await one.follow('instanceRegistered'),
      await one.follow('instanceDeleted'),
    ];
    await receivedBy(one, ['a', 'b']);
    valueOf(await one.world.core.commands.dispatchInstance('1', { headers: null }, context));
    await expect(one.world.run('bridge')).rejects.toThrow('killed');
    saves.isDead = false;
    void one.world.run('bridge');
    await eventually(() => {
      expect([registered.length, deleted.length]).toEqual([4, 2]);
    });
    expect(registered.slice(2).map(textOf)).toEqual(registered.slice(0, 2).map(textOf));
    expect(registered.slice(2).map(flowOf)).toEqual(registered.slice(0, 2).map(flowOf));
    expect(JSON.parse(flowOf(deleted[0]))).toMatchObject({ instanceId: 1 });
  });

  it('is left out and counted where it was erased first, and holds up nothing', async () => {
    const one = await stage();
    await receivedBy(one, ['erased', 'kept']);
    const { deleteInstance, retryInstance } = one.world.core.commands;
    valueOf(await retryInstance('1', context));
    valueOf(await deleteInstance('1', { reason: 'asked for' }, context));
    await destroyKeyOf(one, '1');
    const registered = await one.follow('instanceRegistered');
    void one.world.run('bridge');
    await eventually(() => {
      expect(registered.map(textOf)).toEqual([expect.stringContaining('"title":"kept"')]);
      expect(one.world.messaging.status().bridge.omitted).toBe(3);
    });
  });

  it('is told in full of what was deleted before the bridge came to it, while its key lives', async () => {
    const one = await stage();
    await receivedBy(one, ['short-lived']);
    valueOf(await one.world.core.commands.deleteInstance('1', { reason: 'asked for' }, context));
    const [registered, deleted] = [
      await one.follow('instanceRegistered'),
      await one.follow('instanceDeleted'),
    ];
    void one.world.run('bridge');
    await eventually(() => {
      expect(registered.map(textOf)).toEqual([expect.stringContaining('"title":"short-lived"')]);
      expect(deleted.map(textOf)).toEqual([null]);
    });
  });

  it('waits for the keys where they do not answer, and is lost neither then nor later', async () => {
    const away = { is: true };
    const one = await stage((deps) => ({
      ...deps,
      openers: {
        ...deps.openers,
        openRegistered: (id) =>
          away.is ? Promise.reject(new Error('keys are away')) : deps.openers.openRegistered(id),
      },
    }));
    await receivedBy(one, ['a']);
    const registered = await one.follow('instanceRegistered');
    await expect(one.world.run('bridge')).rejects.toThrow('keys are away');
    away.is = false;
    void one.world.run('bridge');
    await eventually(() => {
      expect(registered).toHaveLength(1);
    });
    expect(one.world.messaging.status().bridge.omitted).toBe(0);
  });
});

const parkedLetters = async ({ world }: Stage) =>
  (await world.events()).filter(({ type }) => type === 'LetterParked').map(({ data }) => data);

describe('what queues up behind a dead letter of its key', () => {
  const DELIVERED = flowJson('0191e1f0-0000-7000-8000-000000000001');
  const OF_THREE = flowJson('0191e1f0-0000-7000-8000-000000000001', ',"instanceId":3');

  it.each([
    ['instanceMapped', '{}', OF_THREE, '3'],
    ['instanceReadyForDispatch', null, OF_THREE, '3'],
    ['instanceDispatched', '{}', OF_THREE, '3'],
    ['instanceMappingError', '{"errors":[]}', OF_THREE, '3'],
    ['instanceMappingError', 'no JSON', OF_THREE, '3'],
    ['instanceReceived', '{}', DELIVERED, null],
    ['instanceReceived', '{}', OF_THREE, '3'],
  ] as const)('names its instance, so that an erasure finds it: %s %s', async (role, value, flow, named) => {
    const one = await stage();
    void one.world.run('consumers');
    const record = {
      ...{ topic: one.nameOf(role), key: 'k' },
      value: value === null ? null : Buffer.from(value),
    };
    const headers = [[FLOW_HEADERS, Buffer.from(flow)]] as const;
    await one.world.bus.publish([
      { ...record, headers: [] },
      { ...record, headers },
    ]);
    await eventually(async () => {
      expect(await parkedLetters(one)).toMatchObject([
        { cause: { code: 'missing_flow_headers' }, instanceId: null },
        { cause: { code: 'queued_behind' }, instanceId: named, flowId: null },
      ]);
    });
  });
});

describe('an instance that comes over the bus', () => {
  it('is taken once where its answer is lost and the record comes again', async () => {
    const lost = { times: 2 };
    const one = await stage((deps) => ({
      ...deps,
      commands: {
        ...deps.commands,
        receiveInstance: async (input, call) => {
          const result = await deps.commands.receiveInstance(input, call);
          lost.times -= 1;
          if (lost.times >= 0) throw new Error('cut off');
          return result;
        },
      },
    }));
    void one.world.run('consumers');
    await one.publish('instanceReceived', '{}', flowJson(crypto.randomUUID()));
    await one.publish('instanceReceived', '{}', flowJson(crypto.randomUUID()));
    await eventually(() => {
      expect(one.world.messaging.status().consumers).toMatchObject({ done: 2, again: 2 });
    });
    const types = (await one.world.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'InstanceRegistered')).toHaveLength(2);
    expect(types.filter((type) => type === 'InstanceIdAllocated')).toHaveLength(2);
  });
});
