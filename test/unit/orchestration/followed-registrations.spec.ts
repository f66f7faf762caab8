// What one process decides right after another has acknowledged a registration that it has not followed yet.
import { beforeEach, describe, expect, it } from 'vitest';
import { createExecutor } from '../../../src/commands/execute.ts';
import { register } from '../../../src/commands/orchestration/register.ts';
import { registerInput } from '../../../src/commands/orchestration/register-input.ts';
import { factsOf } from '../../../src/commands/saga/facts.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../../src/domain/orchestration/attempt.ts';
import { systemIds, systemRandom } from '../../../src/infra/clock/system.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { openLog } from '../../support/open-log.ts';

const STREAM = orchestrationStream('tenant');
const context = { actor: { kind: 'service', id: 'test', source: 'test' } } as const;

let store: EventStore;
beforeEach(async () => {
  store = await openLog();
});

/** A process that has seen nothing of what others wrote since it last read. */
const process = () => {
  const clock = manualClock();
  const shared = { store, clock, isShared: true };
  const orchestrations = createExecutor({ ...shared, isFollowed: true }, orchestrationAggregate);
  const attempts = createExecutor(shared, attemptAggregate);
  const transports = new Set(['http'] as const);
  const take = register({ orchestrations, attempts, ids: systemIds(), transports });
  const registered = async (as: 'initiator' | 'worker', ...names: readonly string[]): Promise<void> => {
    const steps = names.map((name, index) => ({ name, seq: index + 1, objectType: 'thing' }));
    const input = registerInput.parse({ orchName: 'tenant', as, type: 'sequential', steps });
    const result = await take({ ...input, service: `${as}-service` }, context);
    expect(result.kind).toBe('done');
  };
  return { deps: { orchestrations, clock, random: systemRandom() }, registered };
};

describe('a decision on a run, by a process that follows registrations', () => {
  it('goes by the version that was current when it was asked, not when it last looked', async () => {
    const [one, other] = [process(), process()];
    await one.registered('initiator', 'create');
    await other.deps.orchestrations.load(STREAM);
    await one.registered('initiator', 'create', 'equip');
    expect((await factsOf(other.deps, 'tenant', null)).definition?.version).toBe(2);
  });

  it('finds an orchestration it knew nothing of', async () => {
    const [one, other] = [process(), process()];
    await other.deps.orchestrations.load(STREAM);
    await one.registered('initiator', 'create');
    expect((await factsOf(other.deps, 'tenant', null)).definition?.version).toBe(1);
  });

  it('finds a worker that has just registered elsewhere, so that no step fails for want of one', async () => {
    const [one, other] = [process(), process()];
    await one.registered('initiator', 'create');
    const { definition } = await factsOf(other.deps, 'tenant', null);
    if (definition === null) throw new Error('there is no definition');
    const pinned = { ...definition, type: definition.content.type };
    await one.registered('worker', 'create');
    expect((await factsOf(other.deps, 'tenant', pinned)).workers.get('create')).toHaveLength(1);
  });
});
