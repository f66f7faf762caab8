import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import type { Task, TaskQueue } from '../../src/infra/task-queue/port.ts';
import { naiveTaskQueue } from '../support/naive-task-queue.ts';

type Step = (queue: Omit<TaskQueue, 'offered' | 'close'>) => Promise<unknown>;

const routes = ['r1', 'r2', 'r3'] as const;
const taskId = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const attempt = fc.integer({ min: 1, max: 4 });
const time = fc.integer({ min: 0, max: 200 });

// A task keeps its route, as a step of a run does.
const taskOf = (id: string, at: number, timeoutMs: number): Task => ({
  taskId: id,
  route: routes[id.charCodeAt(0) % 3] ?? 'r1',
  flowId: 'f',
  orchName: 'o',
  step: 's',
  action: 'do',
  attempt: at,
  iteration: 0,
  timeoutMs,
});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(taskId, attempt, fc.integer({ min: 1, max: 100 })).map(
    ([id, at, timeoutMs]): Step =>
      (queue) =>
        queue.offer(taskOf(id, at, timeoutMs)),
  ),
  fc.tuple(fc.uniqueArray(fc.constantFrom(...routes)), fc.integer({ min: 0, max: 4 }), time).map(
    ([wanted, max, now]): Step =>
      (queue) =>
        queue.claim({ routes: wanted, by: 'w', max, now, leaseMs: 50 }),
  ),
  fc.tuple(taskId, attempt, time).map(
    ([id, at, now]): Step =>
      (queue) =>
        queue.extend({ taskId: id, attempt: at, now, leaseMs: 50 }),
  ),
  fc.tuple(taskId, attempt, time).map(
    ([id, at, until]): Step =>
      (queue) =>
        queue.defer(id, at, until),
  ),
  fc.tuple(taskId, attempt).map(
    ([id, at]): Step =>
      (queue) =>
        queue.release(id, at),
  ),
  fc.tuple(taskId, attempt).map(
    ([id, at]): Step =>
      (queue) =>
        queue.settle(id, at),
  ),
  taskId.map(
    (id): Step =>
      (queue) =>
        queue.withdraw(id),
  ),
  fc.tuple(time, fc.integer({ min: 0, max: 6 })).map(
    ([now, limit]): Step =>
      (queue) =>
        queue.overdue(now, limit),
  ),
);

describe('memory task queue', () => {
  it('answers any sequence of calls as a naive list of tasks does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const [queue, model] = [memoryTaskQueue(), naiveTaskQueue()];
        for (const run of steps) {
          expect(await run(queue)).toEqual(await run(model));
          expect(await queue.counts()).toEqual(await model.counts());
          expect(await queue.routesOnOffer(routes)).toEqual(await model.routesOnOffer(routes));
          for (const id of ['a', 'b']) expect(await queue.claimOf(id, 1)).toEqual(await model.claimOf(id, 1));
        }
      }),
      { numRuns: 500 },
    );
  });
});
