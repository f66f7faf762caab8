import { expect, it } from 'vitest';
import type { Acted, Actions } from '../../src/commands/engine/act.ts';
import { checkLeases } from '../../src/commands/engine/leases.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../src/infra/task-queue/port.ts';
import { manualClock } from '../support/manual-clock.ts';

const LEASE_MS = 30_000;
const route = routeOf('tenant', 'a');

/** A claimed task whose lease has passed, looked at once by an engine whose run answers like this, or not at all. */
const lookedAt = async (acted: Acted | Error) => {
  const clock = manualClock();
  const queue = memoryTaskQueue();
  await queue.offer({
    ...{ taskId: 'task-1', route, flowId: 'run-1', orchName: 'tenant', step: 'a', action: 'do' },
    ...{ attempt: 1, iteration: 0, timeoutMs: 2 * LEASE_MS },
  });
  const claim = { routes: [route], by: 'a-service', max: 1, leaseMs: LEASE_MS };
  await queue.claim({ ...claim, now: clock.now() });
  await clock.advance(LEASE_MS, () => Promise.resolve());
  const told: string[] = [];
  const actions: Pick<Actions, 'giveUp'> = {
    giveUp: ({ task, why }) => {
      told.push(`${why} ${task.taskId}`);
      return acted instanceof Error ? Promise.reject(acted) : Promise.resolve(acted);
    },
  };
  const troubles: string[] = [];
  const trouble = (flowId: string): void => void troubles.push(flowId);
  const looked = checkLeases({ queue, clock, actions, trouble, leaseMs: LEASE_MS });
  const [{ status: ended }] = await Promise.allSettled([looked]);
  const isHeld = (await queue.claimOf('task-1', 1)) !== undefined;
  const overdue = (now: number) => queue.overdue(now, 10);
  return {
    ...{ told, troubles, ended },
    isHeld,
    overdueNow: await overdue(clock.now()),
    overdueLater: await overdue(clock.now() + LEASE_MS),
  };
};

it.each(['done', 'stale'] as const)(
  'takes a claim from its worker as soon as the run says %s',
  async (acted) => {
    // The reactor would take it off later: until then a heartbeat would be told that the lease is extended.
    const { told, isHeld } = await lookedAt(acted);
    expect({ told, isHeld }).toEqual({ told: ['lease task-1'], isHeld: false });
  },
);

it('gives a claim of a paused run a lease more', async () => {
  const { isHeld, overdueNow, overdueLater } = await lookedAt('paused');
  expect([isHeld, overdueNow.length, overdueLater.length]).toEqual([true, 0, 1]);
});

it('comes back to a claim that it could not give up now', async () => {
  const { isHeld, overdueNow } = await lookedAt('again');
  expect([isHeld, overdueNow.length]).toEqual([true, 1]);
});

it('tells of a claim whose run cannot be read, and gives it a lease more: the next look is at others', async () => {
  const { troubles, ended, isHeld, overdueNow, overdueLater } = await lookedAt(new Error('damaged'));
  expect([troubles, ended]).toEqual([['run-1'], 'fulfilled']);
  expect([isHeld, overdueNow.length, overdueLater.length]).toEqual([true, 0, 1]);
});

it('comes back to a claim at once where only a server was away', async () => {
  const away = Object.assign(new Error('no server'), { name: 'StoreUnavailable' });
  const { troubles, ended, isHeld, overdueNow } = await lookedAt(away);
  expect([troubles, ended]).toEqual([[], 'rejected']);
  expect([isHeld, overdueNow.length]).toEqual([true, 1]);
});
