import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../src/infra/clock/port.ts';
import { systemClock } from '../../src/infra/clock/system.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { FLOOR_MS } from '../../src/infra/task-queue/mongodb/floors.ts';
import { mongoTaskQueue } from '../../src/infra/task-queue/mongodb/mongodb.ts';
import type { Task, TaskQueue } from '../../src/infra/task-queue/port.ts';
import { taskQueueContract } from '../contracts/task-queue.contract.ts';
import { manualClock } from '../support/manual-clock.ts';
import { naiveTaskQueue } from '../support/naive-task-queue.ts';
import { mongoConnections } from '../support/servers/mongo-connections.ts';
import { queueStep, routes } from '../support/task-queue-steps.ts';

const { processes } = mongoConnections();

const openQueue = async (connection: MongoConnection, clock: Clock = systemClock()): Promise<TaskQueue> => {
  const queue = await mongoTaskQueue({ connection, clock });
  onTestFinished(() => queue.close());
  return queue;
};

taskQueueContract('MongoDB', async () => {
  const [connection] = await processes(1);
  if (connection === undefined) throw new Error('no connection');
  return mongoTaskQueue({ connection, clock: systemClock() });
});

const task = (taskId: string, attempt = 1): Task => ({
  taskId,
  route: 'onboard/first',
  flowId: `flow-${taskId}`,
  orchName: 'onboard',
  step: 'first',
  action: 'do',
  attempt,
  iteration: 0,
  timeoutMs: 60_000,
});
const request = { routes: ['onboard/first'], by: 'worker', max: 10, now: 1000, leaseMs: 30_000 };

const twoQueues = async (clock?: Clock) => {
  const [one, two] = await processes(2);
  if (one === undefined || two === undefined) throw new Error('no connections');
  return { one, first: await openQueue(one, clock), second: await openQueue(two, clock) };
};

describe('task queue of two processes', () => {
  it('gives each of 200 tasks to exactly one of eight claimers', async () => {
    const { first, second } = await twoQueues();
    const got: string[] = [];
    const claimer = async (queue: TaskQueue, by: string): Promise<void> => {
      while (got.length < 200) {
        const claimed = await queue.claim({ ...request, by, max: 3 });
        got.push(...claimed.map(({ task: { taskId } }) => taskId));
        for (const held of claimed) expect(held.claim.by).toBe(by);
      }
    };
    const claiming = Array.from({ length: 8 }, (_, n) => claimer(n % 2 === 0 ? first : second, `w${n}`));
    for (let n = 0; n < 200; n += 1) await (n % 2 === 0 ? first : second).offer(task(`t${n}`));
    await Promise.all(claiming);
    expect(got).toHaveLength(200);
    expect(new Set(got).size).toBe(200);
    expect(await first.counts()).toEqual({ offered: 0, claimed: 200 });
  });

  it('wakes who waits in one of them for what the other offers or releases', async () => {
    const { first, second } = await twoQueues();
    const never = new AbortController().signal;
    const woken = second.offered(request.routes, never);
    await first.offer(task('a'));
    await woken;
    expect(await second.claim(request)).toHaveLength(1);
    const again = second.offered(request.routes, never);
    await first.release('a', 1);
    await again;
    expect(await second.claim(request)).toHaveLength(1);
  });

  it('hands tasks that come from elsewhere to all who wait', async () => {
    const { first, second } = await twoQueues();
    const never = new AbortController().signal;
    const worker = async (by: string): Promise<string> => {
      for (;;) {
        await second.offered(request.routes, never);
        const [held] = await second.claim({ ...request, by, max: 1 });
        if (held !== undefined) return held.task.taskId;
      }
    };
    const workers = Array.from({ length: 40 }, (_, n) => worker(`w${n}`));
    for (let n = 0; n < 40; n += 1) await first.offer(task(`t${n}`));
    expect(new Set(await Promise.all(workers)).size).toBe(40);
  });

  it('lets each extend, release, settle and find overdue what the other has claimed', async () => {
    const { first, second } = await twoQueues();
    await first.offer(task('a'));
    await first.claim(request);
    const extended = await second.extend({ taskId: 'a', attempt: 1, now: 20_000, leaseMs: 30_000 });
    expect(extended?.leaseUntil).toBe(50_000);
    expect(await second.overdue(50_000, 1)).toMatchObject([{ why: 'lease', task: { taskId: 'a' } }]);
    await second.settle('a', 1);
    expect(await first.claimOf('a', 1)).toBeUndefined();
    expect(await first.counts()).toEqual({ offered: 0, claimed: 0 });
  });

  it('keeps claims for a process that starts again', async () => {
    const [connection] = await processes(1);
    if (connection === undefined) throw new Error('no connection');
    const before = await mongoTaskQueue({ connection, clock: systemClock() });
    await before.offer(task('a'));
    const [held] = await before.claim(request);
    await before.close();
    const after = await openQueue(connection);
    await after.offer(task('a'));
    expect(await after.claim(request)).toEqual([]);
    expect(await after.claimOf('a', 1)).toEqual(held?.claim);
  });

  it('refuses the late offer of what the other has settled, whether it knew it or not', async () => {
    const { first, second } = await twoQueues();
    await first.offer(task('known'));
    await second.settle('known', 1);
    await second.settle('unknown', 2);
    for (const late of [task('known'), task('unknown'), task('unknown', 2)]) await first.offer(late);
    expect(await first.counts()).toEqual({ offered: 0, claimed: 0 });
    await first.offer(task('unknown', 3));
    expect(await first.counts()).toEqual({ offered: 1, claimed: 0 });
  });

  it('keeps the highest of attempts offered and settled at the same time', async () => {
    const { first, second } = await twoQueues();
    const ids = Array.from({ length: 20 }, (_, n) => `t${n}`);
    await Promise.all(
      ids.map(async (id) =>
        Promise.all([
          first.offer(task(id, 1)),
          second.offer(task(id, 3)),
          second.settle(id, 2),
          first.offer(task(id, 2)),
        ]),
      ),
    );
    const claimed = await first.claim({ ...request, max: 100 });
    expect(claimed.map(({ task: { attempt } }) => attempt)).toEqual(ids.map(() => 3));
  });

  it('keeps from the claimers of one what the other has retired, and tells both that it is retired', async () => {
    const { one, first, second } = await twoQueues();
    await first.offer(task('a'));
    expect(await second.retire('a', 1)).toBe(true);
    await first.offer(task('a'));
    expect(await first.claim(request)).toEqual([]);
    expect(await first.retire('a', 1)).toBe(true);
    const after = await openQueue(one);
    await after.offer(task('a'));
    expect(await after.retire('a', 1)).toBe(true);
    await after.offer(task('a', 2));
    expect((await second.claim(request)).map((held) => held.task)).toEqual([task('a', 2)]);
  });

  it('asks the server to forget retired tasks that nobody settles', async () => {
    const { one, first } = await twoQueues();
    await first.offer(task('a'));
    await first.retire('a', 1);
    const rows = one.collection('tasks');
    const index = (await rows.indexes()).find(({ name }) => name === 'retired');
    expect(index).toMatchObject({ key: { retiredAt: 1 }, expireAfterSeconds: 86_400 });
    expect((await rows.find().toArray())[0]?.['retiredAt']).toBeInstanceOf(Date);
  });

  it('leaves nothing of settled tasks after a minute, whoever had offered them', async () => {
    const clock = manualClock();
    const { one, first, second } = await twoQueues(clock);
    for (const id of ['a', 'b', 'c']) await first.offer(task(id));
    for (const id of ['a', 'b']) await second.settle(id, 1);
    await first.settle('c', 1);
    await second.offer(task('b', 2));
    const rows = one.collection('tasks');
    const stateOf = async () => (await rows.find().toArray()).map((row): unknown => row['state']).toSorted();
    expect(await stateOf()).toEqual(['offered', 'settled', 'settled']);
    await clock.advance(FLOOR_MS - 1, () => Promise.resolve());
    expect(await stateOf()).toEqual(['offered', 'settled', 'settled']);
    const later = async () => {
      await clock.advance(5000, () => Promise.resolve());
      return stateOf();
    };
    await expect.poll(later).toEqual(['offered']);
  });

  it('asks the server to forget settled tasks that nobody takes away', async () => {
    const { one } = await twoQueues();
    const indexes = await one.collection('tasks').indexes();
    expect(indexes.find(({ name }) => name === 'settled')).toMatchObject({ key: { settledAt: 1 } });
  });
});

/** The naive queue, with what is settled kept out as long as it is remembered. */
const naiveWithFloors = () => {
  const queue = naiveTaskQueue();
  const attempts = new Map<string, number>();
  const of = (taskId: string): number => attempts.get(taskId) ?? 0;
  return {
    ...queue,
    offer: async (offered: Task): Promise<void> => {
      if (offered.attempt <= of(offered.taskId)) return;
      attempts.set(offered.taskId, offered.attempt);
      await queue.offer(offered);
    },
    settle: async (taskId: string, attempt: number): Promise<void> => {
      if (attempt >= of(taskId)) attempts.set(taskId, attempt);
      await queue.settle(taskId, attempt);
    },
    withdraw: async (taskId: string): Promise<boolean> => {
      const isGone = await queue.withdraw(taskId);
      if (isGone) attempts.delete(taskId);
      return isGone;
    },
  };
};

describe('task queue on MongoDB', () => {
  it('answers any sequence of calls as a naive list of tasks does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(queueStep, { minLength: 20, maxLength: 60 }), async (steps) => {
        const [connection] = await processes(1);
        if (connection === undefined) throw new Error('no connection');
        const queue = await mongoTaskQueue({ connection, clock: systemClock() });
        const model = naiveWithFloors();
        for (const run of steps) {
          expect(await run(queue)).toEqual(await run(model));
          expect(await queue.counts()).toEqual(await model.counts());
          expect(await queue.routesOnOffer(routes)).toEqual(await model.routesOnOffer(routes));
        }
        for (const id of ['a', 'b']) expect(await queue.claimOf(id, 1)).toEqual(await model.claimOf(id, 1));
        await queue.close();
        await connection.close();
      }),
      { numRuns: 30 },
    );
  });
});
