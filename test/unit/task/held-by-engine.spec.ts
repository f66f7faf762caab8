// A process that dies between its claim of what nobody is left to take and what it writes leaves that claim behind.
import { expect, it } from 'vitest';
import { answerTasks } from '../../../src/commands/task/answer-tasks.ts';
import { ENGINE } from '../../../src/commands/task/engine-claim.ts';
import { heartbeatTasks } from '../../../src/commands/task/heartbeat-tasks.ts';
import { progressBoard } from '../../../src/commands/task/progress-board.ts';
import { heardQueue } from '../../../src/commands/worker/heard-queue.ts';
import { createPresence } from '../../../src/commands/worker/presence.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { tenantWorld } from '../../support/open-runs-world.ts';

const LEASE_MS = 30_000;
const ON = { stepName: 'a', action: 'DO', attempt: 1 } as const;
const actor = { kind: 'service', id: 'a-service', source: 'http' } as const;

/** A run whose task the engine holds; it was never written that it is taken back. */
const left = async () => {
  const world = await tenantWorld(() => memoryTaskQueue());
  const { store, clock } = world;
  const flowId = await world.start();
  await world.offer(flowId);
  const presence = createPresence(clock);
  const queue = heardQueue(world.queue, presence);
  const routes = [routeOf('tenant', 'a')];
  await queue.claim({ routes, by: ENGINE, max: 1, now: clock.now(), leaseMs: LEASE_MS });
  const written = async () => (await store.readAll({ after: '', categories: ['saga'], max: 100 })).events;
  return { deps: { ...world, queue }, presence, flowId, written };
};

it.each([undefined, 'a-service'])(
  'an answer to it counts as one to what nobody holds, from whom it may come (%s)',
  async (service) => {
    const { deps, flowId, written } = await left();
    const answer = { ...ON, flowId, metadata: { status: 'SUCCESS' } } as const;
    const results = await answerTasks(deps)([answer], { actor, ...(service && { service }) });
    expect(results.map(({ outcome }) => outcome)).toEqual(['accepted']);
    const said = (await written()).find(({ type }) => type === 'StepSucceeded');
    expect(said?.data).toMatchObject({ step: 'a', claim: null });
  },
);

it('a heartbeat for it is told that the attempt is lost', async () => {
  const { deps, flowId } = await left();
  const progress = progressBoard();
  const beats = await heartbeatTasks({ ...deps, progress, leaseMs: LEASE_MS })([{ ...ON, flowId }]);
  expect(beats).toEqual([{ flowId, stepName: 'a', outcome: 'lost' }]);
});

it('nobody has heard of a service of that name', async () => {
  const { presence } = await left();
  expect(presence.heardHere()).toEqual([]);
});
