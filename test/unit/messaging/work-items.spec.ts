import { describe, expect, it } from 'vitest';
import { registerInput } from '../../../src/commands/orchestration/register-input.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { eventually, follow, messagingWorld, taskIn } from '../../support/messaging-world.ts';
import type { MessagingWorld } from '../../support/messaging-world.ts';

const actor = { kind: 'service', id: 'ci', source: 'http' } as const;

const register = async (
  { core: { commands } }: MessagingWorld,
  input: object,
  service = 'ci',
): Promise<void> => {
  const body = { ...registerInput.parse({ orchName: 'tenant', ...input }), service };
  expect(await commands.register(body, { actor })).toMatchObject({ kind: 'done' });
};

describe('tasks over the bus', () => {
  it('of a new step have a topic before anybody else makes one, and trouble nobody', async () => {
    const world = await messagingWorld();
    await register(world, { as: 'initiator', steps: [{ name: 'a', seq: 1, objectType: 'thing' }] });
    await register(world, { as: 'worker', transport: 'kafka', steps: [{ name: 'a' }] });
    const payload = new Uint8Array();
    const run = await world.core.commands.startSaga({ orchName: 'tenant', payload }, { actor });
    expect(run).toMatchObject({ kind: 'done' });
    const seen = await follow(world.bus, ['orchestrator.tenant.a']);
    void world.run('workItems');
    await eventually(() => {
      expect(seen.map((record) => taskIn(record).stepName)).toEqual(['a']);
    });
    expect(world.troubles).toEqual([]);
  });

  /** A run whose step `a` is on offer over HTTP while `b` waits, and what goes out over the bus. */
  const onOffer = async (...services: readonly string[]) => {
    const world = await messagingWorld();
    const steps = ['a', 'b'].map((name) => ({ name, objectType: 'thing' }));
    await register(world, { as: 'initiator', type: 'simultaneous', steps });
    for (const service of services) await register(world, { as: 'worker', steps: [{ name: 'a' }] }, service);
    const payload = new Uint8Array();
    await world.core.commands.startSaga({ orchName: 'tenant', payload }, { actor });
    const isOnOffer = async () => (await world.queue.routesOnOffer([routeOf('tenant', 'a')])).length === 1;
    await expect.poll(isOnOffer).toBe(true);
    const seen = await follow(world.bus, ['orchestrator.tenant.a', 'orchestrator.tenant.b']);
    return { world, isOnOffer, sent: () => seen.map((record) => taskIn(record).stepName) };
  };
  const overKafka = { as: 'worker', transport: 'kafka' } as const;

  it('that nobody took over HTTP go to their services when these have gone over to it', async () => {
    const { world, sent } = await onOffer('ci');
    void world.run('workItems');
    await register(world, { ...overKafka, steps: [{ name: 'a' }] });
    await eventually(() => {
      expect(sent()).toEqual(['a']);
    });
    expect(world.troubles).toEqual([]);
  });

  it('stay where they are while somebody serves them over HTTP, and go out when the last one leaves', async () => {
    const { world, sent, isOnOffer } = await onOffer('ci', 'other');
    void world.run('workItems');
    await register(world, { ...overKafka, steps: [{ name: 'a' }, { name: 'b' }] });
    await eventually(() => {
      expect(sent()).toEqual(['b']);
    });
    expect(await isOnOffer()).toBe(true);
    await register(world, { as: 'worker', steps: [{ name: 'b' }] }, 'other');
    await eventually(() => {
      expect(sent()).toEqual(['b', 'a']);
    });
  });
});
