import { setImmediate as settled } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { holdClaims } from '../../../src/infra/messaging/out/hold-claims.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { kafkaRouteOf } from '../../../src/infra/task-queue/port.ts';
import { manualClock } from '../../support/manual-clock.ts';

const LEASE_MS = 9000;
const ROUTE = kafkaRouteOf('tenant', 'a');
/** Claims that are held over a queue in which no call ends before this says so. */
const held = async (count: number, timeoutMs: number) => {
  const clock = manualClock();
  const queue = memoryTaskQueue();
  for (let n = 0; n < count; n += 1)
    await queue.offer({
      ...{ taskId: `task-${n}`, route: ROUTE, flowId: 'f', orchName: 'tenant', step: 'a' },
      ...{ action: 'do', attempt: 1, iteration: 0, timeoutMs },
    });
  const asked = { routes: [ROUTE], by: 'kafka', max: count, leaseMs: LEASE_MS };
  const claimed = await queue.claim({ ...asked, now: clock.now() });
  const go = Promise.withResolvers<undefined>();
  const calls = { defer: 0, extend: 0 };
  const slow: typeof queue = {
    ...queue,
    defer: async (...args) => {
      calls.defer += 1;
      await go.promise;
      await queue.defer(...args);
    },
    extend: async (lease) => {
      calls.extend += 1;
      return queue.extend(lease);
    },
  };
  const onTrouble = (error: unknown): void => expect.fail(String(error));
  onTestFinished(holdClaims({ queue: slow, clock, onTrouble }, claimed, LEASE_MS));
  const pass = (ms: number) => clock.advance(ms, settled);
  const untils = async () => {
    const from = clock.now();
    const found: (readonly number[] | undefined)[] = [];
    for (const { task } of claimed) {
      const claim = await queue.claimOf(task.taskId, 1);
      found.push(claim && [claim.leaseUntil - from, claim.deadline - from]);
    }
    return found;
  };
  return { pass, calls, untils, go: () => go.resolve(undefined) };
};

it('claims are extended side by side, with one call each', async () => {
  const { pass, calls, untils, go } = await held(100, 60_000);
  await pass(LEASE_MS / 3);
  expect(calls).toEqual({ defer: 100, extend: 0 });
  go();
  await settled();
  expect(await untils()).toEqual(Array.from({ length: 100 }, () => [LEASE_MS, 57_000]));
});

it('a time to answer that is shorter than the lease is put off by itself, the lease by another call', async () => {
  const { pass, calls, untils, go } = await held(1, 3000);
  await pass(1000);
  go();
  await settled();
  expect(calls).toEqual({ defer: 1, extend: 1 });
  expect(await untils()).toEqual([[LEASE_MS, 3000]]);
});
