import { describe, expect, it } from 'vitest';
import { registerInput } from '../../../src/commands/orchestration/register-input.ts';
import { eventually, follow, messagingWorld, taskIn } from '../../support/messaging-world.ts';
import type { MessagingWorld } from '../../support/messaging-world.ts';

const actor = { kind: 'service', id: 'ci', source: 'http' } as const;

const register = async ({ core: { commands } }: MessagingWorld, input: object): Promise<void> => {
  const body = { ...registerInput.parse({ orchName: 'tenant', ...input }), service: 'ci' };
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
});
