import { expect, it } from 'vitest';
import { claimTasks } from '../../../src/commands/task/claim-tasks.ts';
import { inputContext } from '../../../src/domain/saga/seal-context.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import { MongoUnavailable } from '../../../src/infra/mongodb/errors.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { atOnce } from '../../support/feeds.ts';
import { tenantWorld } from '../../support/open-runs-world.ts';

/** Of a payload. */
const LARGEST = 256 * 1024;
const ROUTE = routeOf('tenant', 'a');

/** Runs on offer, one for each of these sizes of their input. `broken` are those that cannot be opened. */
const onOffer = async (
  sizes: readonly number[],
  broken: ReadonlySet<number> = new Set(),
  error: Error = new MongoUnavailable('ServerLost', 'the keys are away'),
) => {
  const world = await tenantWorld(() => memoryTaskQueue());
  const { keys, queue, clock } = world;
  const flowIds: string[] = [];
  const told: string[] = [];
  const deps = {
    ...{ ...world, leaseMs: 30_000 },
    onUnreadable: (flowId: string) => void told.push(flowId),
    keys: {
      ...keys,
      open: (...[sealed, context]: Parameters<typeof keys.open>) =>
        [...broken].some((index) => context === inputContext(flowIds[index] ?? ''))
          ? Promise.reject(error)
          : keys.open(sealed, context),
    },
  };
  for (const size of sizes) {
    const flowId = await world.start(new Uint8Array(size));
    await world.offer(flowId);
    flowIds.push(flowId);
  }
  /** Which of the runs. */
  const claim = async (max: number): Promise<readonly number[]> => {
    const tasks = await claimTasks(deps, { service: 'a-service', max }, [ROUTE]);
    return tasks.map(({ flowId }) => flowIds.indexOf(flowId));
  };
  return { claim, counts: () => queue.counts(), clock, told: () => told.map((id) => flowIds.indexOf(id)) };
};

it('hands out about 4 MiB of tasks at a time, in order; the rest stay on offer', async () => {
  const { claim, counts } = await onOffer(Array.from({ length: 20 }, () => LARGEST));
  const first = await claim(100);
  expect(first.length).toBeGreaterThanOrEqual(8);
  expect(first.length).toBeLessThanOrEqual(12);
  expect(await counts()).toEqual({ offered: 20 - first.length, claimed: first.length });
  expect([...first, ...(await claim(100)), ...(await claim(100))]).toEqual(
    Array.from({ length: 20 }, (_, n) => n),
  );
  expect(await claim(100)).toEqual([]);
});

it('hands out small ones all at once', async () => {
  const { claim } = await onOffer(Array.from({ length: 100 }, () => 10));
  expect(await claim(100)).toHaveLength(100);
});

it('hands out the others where one cannot be opened; that one is on offer again after a pause', async () => {
  const broken = new Set([1]);
  const { claim, counts, clock, told } = await onOffer([10, 10, 10], broken);
  expect(await claim(100)).toEqual([0, 2]);
  expect(told()).toEqual([1]);
  expect(await counts()).toEqual({ offered: 0, claimed: 3 });
  broken.clear();
  await clock.advance(2000, atOnce);
  expect(await counts()).toEqual({ offered: 1, claimed: 2 });
  expect(await claim(100)).toEqual([1]);
});

it('fails where none can be opened, and all are on offer again after a pause', async () => {
  const { claim, counts, clock } = await onOffer([10, 10], new Set([0, 1]));
  await expect(claim(100)).rejects.toThrow('the keys are away');
  await clock.advance(2000, atOnce);
  expect(await counts()).toEqual({ offered: 2, claimed: 0 });
});

it('hands out nothing, and does not fail, where there are only runs that are damaged', async () => {
  const damaged = new LogDamaged('saga-1', 3, 'the hash differs');
  const { claim, counts, clock, told } = await onOffer([10, 10], new Set([0, 1]), damaged);
  expect(await claim(100)).toEqual([]);
  expect(told()).toEqual([0, 1]);
  await clock.advance(4999, atOnce);
  expect(await counts()).toEqual({ offered: 0, claimed: 2 });
  await clock.advance(1, atOnce);
  expect(await counts()).toEqual({ offered: 2, claimed: 0 });
});
