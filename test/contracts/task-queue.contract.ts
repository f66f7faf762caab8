import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Task, TaskQueue } from '../../src/infra/task-queue/port.ts';

const task = (taskId: string, changes: Partial<Task> = {}): Task => ({
  taskId,
  route: 'onboard/first',
  flowId: `flow-${taskId}`,
  orchName: 'onboard',
  step: 'first',
  action: 'do',
  attempt: 1,
  iteration: 0,
  timeoutMs: 60_000,
  ...changes,
});
const routes = ['onboard/first'];
const request = { routes, by: 'worker-1', max: 10, now: 1000, leaseMs: 30_000 };
const idsOf = (claimed: readonly { readonly task: Task }[]): readonly string[] =>
  claimed.map((held) => held.task.taskId);
const never = new AbortController().signal;

export const taskQueueContract = (name: string, open: () => Promise<TaskQueue>): void => {
  const test = (statement: string, use: (queue: TaskQueue) => Promise<void>): void => {
    it(statement, async () => {
      const queue = await open();
      try {
        await use(queue);
      } finally {
        await queue.close();
      }
    });
  };
  const offerAll = async (queue: TaskQueue, ...tasks: readonly Task[]): Promise<void> => {
    for (const each of tasks) await queue.offer(each);
  };

  describe(`task-queue contract: ${name}: offering and claiming`, () => {
    test('gives a task to one claimer with lease and deadline from the claim', async (queue) => {
      await queue.offer(task('a'));
      const claim = { by: 'worker-1', at: 1000, leaseUntil: 31_000, deadline: 61_000 };
      expect(await queue.claim(request)).toEqual([{ task: task('a'), claim }]);
      expect(await queue.claim(request)).toEqual([]);
      expect(await queue.claimOf('a', 1)).toEqual(claim);
      expect(await queue.counts()).toEqual({ offered: 0, claimed: 1 });
    });

    test('names the routes with tasks that nobody holds', async (queue) => {
      const asked = ['onboard/second', 'onboard/first', 'onboard/none'];
      expect(await queue.routesOnOffer(asked)).toEqual([]);
      await offerAll(queue, task('a'), task('b', { route: 'onboard/second' }));
      expect(await queue.routesOnOffer(asked)).toEqual(['onboard/second', 'onboard/first']);
      await queue.claim(request);
      expect(await queue.routesOnOffer(asked)).toEqual(['onboard/second']);
      await queue.release('a', 1);
      await queue.withdraw('b');
      expect(await queue.routesOnOffer(asked)).toEqual(['onboard/first']);
    });

    test('serves a route in the order of offers and never beyond max', async (queue) => {
      await offerAll(queue, task('a'), task('b'), task('c'));
      expect(await queue.counts()).toEqual({ offered: 3, claimed: 0 });
      expect(idsOf(await queue.claim({ ...request, max: 0 }))).toEqual([]);
      expect(idsOf(await queue.claim({ ...request, max: 2 }))).toEqual(['a', 'b']);
      expect(idsOf(await queue.claim({ ...request, max: 2 }))).toEqual(['c']);
    });

    test('gives out only tasks of the routes asked for', async (queue) => {
      await offerAll(queue, task('a', { route: 'x/1' }), task('b'));
      expect(idsOf(await queue.claim(request))).toEqual(['b']);
      expect(idsOf(await queue.claim({ ...request, routes: [] }))).toEqual([]);
      expect(idsOf(await queue.claim({ ...request, routes: ['nobody/knows', 'x/1', 'x/1'] }))).toEqual(['a']);
    });

    test('serves routes in turn, from claim to claim too; the one released last has its turn back', async (queue) => {
      const pair = { ...request, routes: ['x/1', 'y/1'] };
      for (const n of [1, 2, 3, 4]) await queue.offer(task(`x${n}`, { route: 'x/1' }));
      await offerAll(queue, task('y1', { route: 'y/1' }), task('y2', { route: 'y/1' }));
      expect(idsOf(await queue.claim({ ...pair, max: 3 })).toSorted()).toEqual(['x1', 'x2', 'y1']);
      expect(idsOf(await queue.claim({ ...pair, max: 1 }))).toEqual(['y2']);
      expect(idsOf(await queue.claim({ ...pair, max: 1 }))).toEqual(['x3']);
      await queue.release('y2', 1);
      await queue.release('x3', 1);
      expect(idsOf(await queue.claim({ ...pair, max: 2 }))).toEqual(['x3', 'y2']);
    });

    test('starves no route while others are refilled task by task', async (queue) => {
      await queue.offer(task('patient', { route: 'y/1' }));
      const served: string[] = [];
      for (const n of [1, 2, 3]) {
        await queue.offer(task(`x${n}`, { route: 'x/1' }));
        served.push(...idsOf(await queue.claim({ ...request, routes: ['x/1', 'y/1'], max: 1 })));
      }
      expect(served).toContain('patient');
    });

    test('takes the same attempt once, however often it is offered', async (queue) => {
      await offerAll(queue, task('a'), task('a'));
      expect(idsOf(await queue.claim(request))).toEqual(['a']);
      await queue.offer(task('a'));
      expect(await queue.claim(request)).toEqual([]);
    });

    test('replaces a lower attempt together with its claim, and ignores it from then on', async (queue) => {
      await queue.offer(task('a'));
      await queue.claim(request);
      await queue.offer(task('a', { attempt: 2 }));
      await queue.offer(task('a', { attempt: 1 }));
      expect(await queue.claimOf('a', 1)).toBeUndefined();
      expect(await queue.counts()).toEqual({ offered: 1, claimed: 0 });
      expect((await queue.claim(request)).map((held) => held.task.attempt)).toEqual([2]);
      expect(await queue.extend({ taskId: 'a', attempt: 1, now: 2000, leaseMs: 1000 })).toBeUndefined();
    });

    test('gives each task to exactly one of many claimers at the same time', async (queue) => {
      for (let n = 0; n < 200; n += 1) await queue.offer(task(`t${n}`));
      const claims = await Promise.all(
        Array.from({ length: 50 }, (_, n) => queue.claim({ ...request, by: `worker-${n}`, max: 7 })),
      );
      expect(new Set(claims.flatMap(idsOf)).size).toBe(200);
      expect(claims.flat()).toHaveLength(200);
    });
  });

  describe(`task-queue contract: ${name}: holding`, () => {
    test('extends a lease, never shortens it, and leaves the deadline', async (queue) => {
      await queue.offer(task('a'));
      await queue.claim(request);
      const claim = { by: 'worker-1', at: 1000, leaseUntil: 50_000, deadline: 61_000 };
      expect(await queue.extend({ taskId: 'a', attempt: 1, now: 20_000, leaseMs: 30_000 })).toEqual(claim);
      expect(await queue.extend({ taskId: 'a', attempt: 1, now: 20_001, leaseMs: 1 })).toEqual(claim);
      expect(await queue.claimOf('a', 1)).toEqual(claim);
    });

    test('curtails a lease that nobody has extended, and leaves the deadline', async (queue) => {
      await queue.offer(task('a'));
      await queue.offer(task('b'));
      await queue.claim(request);
      const curtail = (taskId: string, leaseUntil: number, until: number, attempt = 1) =>
        queue.curtail({ taskId, attempt, leaseUntil, until });
      expect(await curtail('a', 31_000, 31_000)).toBe(false);
      expect(await curtail('a', 30_999, 3000)).toBe(false);
      expect(await curtail('a', 31_000, 3000, 2)).toBe(false);
      expect(await queue.overdue(30_999, 10)).toEqual([]);
      expect(await curtail('a', 31_000, 3000)).toBe(true);
      const curtailed = { by: 'worker-1', at: 1000, leaseUntil: 3000, deadline: 61_000 };
      expect(await queue.claimOf('a', 1)).toEqual(curtailed);
      expect(await queue.overdue(2999, 10)).toEqual([]);
      expect((await queue.overdue(3000, 10)).map(({ task: { taskId }, why }) => [taskId, why])).toEqual([
        ['a', 'lease'],
      ]);
      expect(await queue.extend({ taskId: 'a', attempt: 1, now: 3000, leaseMs: 30_000 })).toMatchObject({
        leaseUntil: 33_000,
      });
      expect(await curtail('a', 31_000, 4000)).toBe(false);
      expect(idsOf(await queue.overdue(31_000, 10))).toEqual(['b']);
      expect(idsOf(await queue.overdue(33_000, 10))).toEqual(['b', 'a']);
    });

    test('curtails nothing that is unknown, on offer, settled or released', async (queue) => {
      await offerAll(queue, task('settled'), task('released'));
      await queue.claim(request);
      await queue.settle('settled', 1);
      await queue.release('released', 1);
      await queue.offer(task('offered'));
      for (const taskId of ['settled', 'released', 'offered', 'unknown'])
        expect(await queue.curtail({ taskId, attempt: 1, leaseUntil: 31_000, until: 2000 })).toBe(false);
    });

    test('extends nothing that is unknown, on offer, settled or released', async (queue) => {
      const extend = (taskId: string) => queue.extend({ taskId, attempt: 1, now: 2000, leaseMs: 1000 });
      await offerAll(queue, task('settled'), task('released'));
      await queue.claim(request);
      await queue.settle('settled', 1);
      await queue.release('released', 1);
      await queue.offer(task('offered'));
      for (const taskId of ['settled', 'released', 'offered', 'unknown']) {
        expect(await extend(taskId)).toBeUndefined();
        expect(await queue.claimOf(taskId, 1)).toBeUndefined();
      }
    });

    test('puts a released attempt back at the front', async (queue) => {
      await offerAll(queue, task('a'), task('b'));
      await queue.claim({ ...request, max: 1 });
      await queue.release('a', 2);
      expect(await queue.counts()).toEqual({ offered: 1, claimed: 1 });
      await queue.release('a', 1);
      await queue.release('a', 1);
      expect(idsOf(await queue.claim(request))).toEqual(['a', 'b']);
    });

    test('forgets every attempt up to the settled one, claimed or on offer, and no higher one', async (queue) => {
      await offerAll(queue, task('held'), task('offered'), task('newer', { attempt: 3 }));
      await queue.claim({ ...request, max: 1 });
      await queue.settle('held', 1);
      await queue.settle('offered', 5);
      await queue.settle('newer', 2);
      await queue.settle('unknown', 1);
      expect(await queue.counts()).toEqual({ offered: 1, claimed: 0 });
      expect(idsOf(await queue.claim(request))).toEqual(['newer']);
      await queue.offer(task('held', { attempt: 2 }));
      expect(idsOf(await queue.claim(request))).toEqual(['held']);
    });

    test('withdraws what is on offer and leaves what is held', async (queue) => {
      await offerAll(queue, task('held'), task('offered'));
      await queue.claim({ ...request, max: 1 });
      expect(await queue.withdraw('offered')).toBe(true);
      expect(await queue.withdraw('offered')).toBe(false);
      expect(await queue.withdraw('held')).toBe(false);
      expect(await queue.withdraw('unknown')).toBe(false);
      expect(await queue.claim(request)).toEqual([]);
      expect(await queue.counts()).toEqual({ offered: 0, claimed: 1 });
    });
  });

  describe(`task-queue contract: ${name}: retiring`, () => {
    test('keeps a retired attempt from everybody, however often it is offered again', async (queue) => {
      await queue.offer(task('a'));
      expect(await queue.retire('a', 1)).toBe(true);
      await queue.offer(task('a'));
      await queue.release('a', 1);
      expect(await queue.withdraw('a')).toBe(false);
      await queue.offer(task('a'));
      expect(await queue.routesOnOffer(routes)).toEqual([]);
      expect(await queue.claim(request)).toEqual([]);
      expect(await queue.claimOf('a', 1)).toBeUndefined();
      expect(await queue.extend({ taskId: 'a', attempt: 1, now: 2000, leaseMs: 1000 })).toBeUndefined();
      expect(await queue.counts()).toEqual({ offered: 0, claimed: 0 });
      expect(await queue.overdue(1_000_000, 10)).toEqual([]);
    });

    test('says the same to whoever retires an attempt again, until it is settled or replaced', async (queue) => {
      await offerAll(queue, task('settled', { attempt: 2 }), task('replaced'));
      for (const attempt of [2, 1, 2, 1])
        expect(await queue.retire(attempt === 2 ? 'settled' : 'replaced', attempt)).toBe(true);
      await queue.settle('settled', 1);
      expect(await queue.retire('settled', 2)).toBe(true);
      await queue.settle('settled', 2);
      await queue.offer(task('replaced', { attempt: 2 }));
      expect(await queue.retire('settled', 2)).toBe(false);
      expect(await queue.retire('replaced', 1)).toBe(false);
      expect((await queue.claim(request)).map((held) => held.task)).toEqual([
        task('replaced', { attempt: 2 }),
      ]);
    });

    test('retires nothing that is held, another attempt or unknown, and leaves it as it is', async (queue) => {
      await offerAll(queue, task('held'), task('offered', { attempt: 2 }));
      await queue.claim({ ...request, max: 1 });
      expect(await queue.retire('held', 1)).toBe(false);
      expect(await queue.retire('offered', 1)).toBe(false);
      expect(await queue.retire('offered', 3)).toBe(false);
      expect(await queue.retire('unknown', 1)).toBe(false);
      expect(await queue.counts()).toEqual({ offered: 1, claimed: 1 });
      expect(await queue.claimOf('held', 1)).toBeDefined();
      await queue.release('held', 1);
      expect(await queue.retire('held', 1)).toBe(true);
      await queue.offer(task('unknown'));
      expect(idsOf(await queue.claim(request))).toEqual(['offered', 'unknown']);
    });

    test('either hands an attempt out or retires it, whoever is first', async (queue) => {
      const ids = Array.from({ length: 60 }, (_, n) => `t${n}`);
      for (const id of ids) await queue.offer(task(id));
      const claiming = ids.map((_, n) => queue.claim({ ...request, by: `worker-${n}`, max: 1 }));
      const retiring = ids.toReversed().map(async (id) => ((await queue.retire(id, 1)) ? id : undefined));
      const offering = ids.map(async (id) => queue.offer(task(id)));
      const claimed = (await Promise.all(claiming)).flatMap(idsOf);
      const retired = (await Promise.all(retiring)).filter((id) => id !== undefined);
      await Promise.all(offering);
      claimed.push(...idsOf(await queue.claim({ ...request, max: 100 })));
      expect([...claimed, ...retired].toSorted()).toEqual(ids.toSorted());
      for (const id of claimed) expect(await queue.retire(id, 1)).toBe(false);
    });
  });

  describe(`task-queue contract: ${name}: overdue`, () => {
    test('names what passed first, a lease or a deadline, earliest first and up to the limit', async (queue) => {
      await offerAll(queue, task('lease'), task('timeout', { timeoutMs: 10_000 }), task('safe'));
      await queue.claim(request);
      await queue.extend({ taskId: 'safe', attempt: 1, now: 1000, leaseMs: 100_000 });
      const overdue = async (now: number, limit = 10) =>
        (await queue.overdue(now, limit)).map((held) => [held.task.taskId, held.why]);
      expect(await overdue(10_999)).toEqual([]);
      expect(await overdue(11_000)).toEqual([['timeout', 'timeout']]);
      expect(await overdue(40_000)).toEqual([
        ['timeout', 'timeout'],
        ['lease', 'lease'],
      ]);
      expect(await overdue(99_000, 1)).toEqual([['timeout', 'timeout']]);
      expect(await overdue(99_000, 0)).toEqual([]);
      expect(await overdue(99_000)).toEqual([
        ['timeout', 'timeout'],
        ['lease', 'lease'],
        ['safe', 'timeout'],
      ]);
    });

    test('lists no task that was settled, released or replaced', async (queue) => {
      await offerAll(queue, task('settled'), task('released'), task('replaced'), task('left'));
      await queue.claim(request);
      await queue.settle('settled', 1);
      await queue.release('released', 1);
      await queue.offer(task('replaced', { attempt: 2 }));
      expect(idsOf(await queue.overdue(1_000_000, 10))).toEqual(['left']);
    });

    test('counts a task claimed again by its new claim only', async (queue) => {
      await queue.offer(task('a'));
      await queue.claim(request);
      await queue.release('a', 1);
      await queue.claim({ ...request, now: 20_000 });
      expect(await queue.overdue(49_999, 10)).toEqual([]);
      expect(idsOf(await queue.overdue(50_000, 10))).toEqual(['a']);
    });

    test('defers lease and deadline to at least a time', async (queue) => {
      await queue.offer(task('a'));
      await queue.claim(request);
      await queue.defer('a', 1, 50_000);
      expect(await queue.claimOf('a', 1)).toMatchObject({ leaseUntil: 50_000, deadline: 61_000 });
      await queue.defer('a', 1, 90_000);
      await queue.defer('a', 2, 99_000);
      expect(await queue.overdue(89_999, 10)).toEqual([]);
      expect(await queue.overdue(90_000, 10)).toHaveLength(1);
    });
  });

  describe(`task-queue contract: ${name}: waiting`, () => {
    test('resolves at once when a task is on offer or the signal has aborted', async (queue) => {
      await queue.offered(routes, AbortSignal.abort());
      await queue.offer(task('a'));
      await queue.offered(['x/1', ...routes], never);
    });

    test('resolves on an offer, a release and an abort, not on an offer elsewhere', async (queue) => {
      let isDone = false;
      const first = queue.offered(routes, never).then(() => (isDone = true));
      await queue.offer(task('elsewhere', { route: 'x/1' }));
      await queue.counts();
      expect(isDone).toBe(false);
      await queue.offer(task('a'));
      await first;
      await queue.claim(request);

      const second = queue.offered(routes, never);
      await queue.release('a', 1);
      await second;
      await queue.claim(request);

      const stop = new AbortController();
      const third = queue.offered(routes, stop.signal);
      stop.abort();
      await third;
    });

    test('leaves nothing behind on a signal that outlives the wait', async (queue) => {
      const stop = new AbortController();
      const waiting = Array.from({ length: 3 }, () => queue.offered(routes, stop.signal));
      await queue.offer(task('a'));
      await Promise.all(waiting);
      await queue.offered(routes, stop.signal);
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    });

    test('wakes the others when those woken first take nothing', async (queue) => {
      const waiting = Array.from({ length: 20 }, () => queue.offered(routes, never));
      await queue.offer(task('a'));
      await Promise.all(waiting);
      expect(idsOf(await queue.claim(request))).toEqual(['a']);
    });

    test('serves every waiting claimer as tasks arrive', async (queue) => {
      const worker = async (by: string): Promise<readonly string[]> => {
        for (;;) {
          await queue.offered(routes, never);
          const claimed = await queue.claim({ ...request, by, max: 1 });
          if (claimed.length > 0) return idsOf(claimed);
        }
      };
      const workers = Array.from({ length: 100 }, (_, n) => worker(`worker-${n}`));
      for (let n = 0; n < 100; n += 1) await queue.offer(task(`t${n}`));
      expect(new Set((await Promise.all(workers)).flat()).size).toBe(100);
    });
  });

  describe(`task-queue contract: ${name}: closing`, () => {
    it('ends waiting when it closes, and rejects from then on', async () => {
      const queue = await open();
      const waiting = queue.offered(routes, never);
      await queue.close();
      await waiting;
      await expect(queue.offer(task('a'))).rejects.toThrow();
      await expect(queue.claim(request)).rejects.toThrow();
      await expect(queue.offered(routes, never)).rejects.toThrow();
    });
  });
};
