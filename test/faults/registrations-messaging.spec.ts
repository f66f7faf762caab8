import { expect, it } from 'vitest';
import { registerInput } from '../../src/commands/orchestration/register-input.ts';
import { orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import type { MessagingDeps } from '../../src/infra/messaging/messaging.ts';
import { eventually, follow, jsonOf, messagingWorld } from '../support/messaging-world.ts';

const actor = { kind: 'service', id: 'ci', source: 'http' } as const;

const damaged =
  (orchName: string) =>
  (deps: MessagingDeps): MessagingDeps => ({
    ...deps,
    orchestrations: {
      ...deps.orchestrations,
      reload: (stream) =>
        stream === orchestrationStream(orchName)
          ? Promise.reject(new LogDamaged(stream, 0, 'its bytes are not those that were written'))
          : deps.orchestrations.reload(stream),
    },
  });

it('what is told of registrations goes on where the orchestration of one cannot be read', async () => {
  const { core, bus, run, troubles } = await messagingWorld({ faults: damaged('tenant') });
  const register = (orchName: string) => {
    const input = { orchName, as: 'worker', transport: 'kafka', steps: [{ name: 'a' }] };
    return core.commands.register({ ...registerInput.parse(input), service: 'ci' }, { actor });
  };
  const statuses = await follow(bus, ['orchestrator.registration.status']);
  for (const orchName of ['tenant', 'tenant', 'other', 'other']) await register(orchName);
  void run('bridge');
  const topics = { a: 'orchestrator.other.a' };
  await eventually(() => {
    expect(statuses.map(jsonOf)).toMatchObject([
      { orchName: 'tenant', failureReason: { error_0: 'Step not found in orchestration: a' } },
      { orchName: 'tenant', topics: {} },
      { orchName: 'other', failureReason: { error_0: 'Orchestration not found: other' }, topics },
      { orchName: 'other', topics },
    ]);
  });
  expect(troubles).toEqual([expect.any(LogDamaged), expect.any(LogDamaged)]);
});
