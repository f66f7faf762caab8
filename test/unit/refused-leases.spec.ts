// A run whose appends the log refuses as damaged is refused for ever: it must not be first at every look.
import { expect, it } from 'vitest';
import { createActions } from '../../src/commands/engine/act.ts';
import { checkLeases } from '../../src/commands/engine/leases.ts';
import { sagaStream } from '../../src/domain/saga/aggregate.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { routeOf } from '../../src/infra/task-queue/port.ts';
import { flowAt } from '../support/read-models.ts';
import { sequential, step } from '../support/saga-builders.ts';
import { timerWorld } from '../support/timer-world.ts';

const LEASE_MS = 30_000;
/** As many as are looked at together. */
const DAMAGED = 500;
const route = routeOf('tenant', 'a');

const refusing =
  (streams: ReadonlySet<string>) =>
  (store: EventStore): EventStore => ({
    ...store,
    append: (stream, ...given) =>
      streams.has(stream)
        ? Promise.resolve({ kind: 'refused', code: 'integrity', detail: `${stream} has another hash` })
        : store.append(stream, ...given),
  });

it('five hundred of them keep no other run from being given back', async () => {
  const made = timerWorld();
  await made.define('tenant', sequential([step('a')]));
  const flowIds = Array.from({ length: DAMAGED + 1 }, (_, number) => flowAt(number));
  for (const number of flowIds.keys()) await made.started(number, 'tenant', sequential([step('a')]));
  const healthy = flowAt(DAMAGED);
  const damaged = new Set(flowIds.filter((flowId) => flowId !== healthy).map(sagaStream));
  const { deps } = made.process({ store: refusing(damaged) });
  const { queue, clock } = deps;
  for (const flowId of flowIds) {
    const named = { flowId, orchName: 'tenant', step: 'a', action: 'do' } as const;
    await queue.offer({
      ...{ ...named, taskId: flowId, route, attempt: 1, iteration: 0, timeoutMs: 3_600_000 },
    });
    await queue.claim({ routes: [route], by: 'a-service', max: 1, now: clock.now(), leaseMs: LEASE_MS });
  }
  const troubles = new Set<string>();
  const trouble = (flowId: string): void => void troubles.add(flowId);
  const look = () => checkLeases({ queue, clock, actions: createActions(deps), leaseMs: LEASE_MS, trouble });

  await made.pass(LEASE_MS);
  await look();
  expect(troubles.size).toBe(DAMAGED);
  expect(made.typesOf(healthy)).not.toContain('StepLapsed');
  await look();
  expect(made.typesOf(healthy)).toContain('StepLapsed');
  expect(troubles.size).toBe(DAMAGED);
});
