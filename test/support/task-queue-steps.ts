import fc from 'fast-check';
import type { Task, TaskQueue } from '../../src/infra/task-queue/port.ts';

export type QueueStep = (queue: Omit<TaskQueue, 'offered' | 'close'>) => unknown;

export const routes = ['r1', 'r2', 'r3'] as const;
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

/** Any call but `offered` and `close`. */
export const queueStep: fc.Arbitrary<QueueStep> = fc.oneof(
  fc.tuple(taskId, attempt, fc.integer({ min: 1, max: 100 })).map(
    ([id, at, timeoutMs]): QueueStep =>
      (queue) =>
        queue.offer(taskOf(id, at, timeoutMs)),
  ),
  fc.tuple(fc.uniqueArray(fc.constantFrom(...routes)), fc.integer({ min: 0, max: 4 }), time).map(
    ([wanted, max, now]): QueueStep =>
      (queue) =>
        queue.claim({ routes: wanted, by: 'w', max, now, leaseMs: 50 }),
  ),
  fc.tuple(taskId, attempt, time).map(
    ([id, at, now]): QueueStep =>
      (queue) =>
        queue.extend({ taskId: id, attempt: at, now, leaseMs: 50 }),
  ),
  fc.tuple(taskId, attempt, time).map(
    ([id, at, until]): QueueStep =>
      (queue) =>
        queue.defer(id, at, until),
  ),
  fc
    .tuple(taskId, attempt, fc.constantFrom(-1, 0, 0, 0), time)
    .map(([id, at, late, until]): QueueStep => async (queue) => {
      const claim = await queue.claimOf(id, at);
      return queue.curtail({ taskId: id, attempt: at, leaseUntil: (claim?.leaseUntil ?? 0) + late, until });
    }),
  fc.tuple(taskId, attempt).map(
    ([id, at]): QueueStep =>
      (queue) =>
        queue.release(id, at),
  ),
  fc.tuple(taskId, attempt).map(
    ([id, at]): QueueStep =>
      (queue) =>
        queue.settle(id, at),
  ),
  taskId.map(
    (id): QueueStep =>
      (queue) =>
        queue.withdraw(id),
  ),
  fc.tuple(taskId, attempt).map(
    ([id, at]): QueueStep =>
      (queue) =>
        queue.retire(id, at),
  ),
  fc.tuple(time, fc.integer({ min: 0, max: 6 })).map(
    ([now, limit]): QueueStep =>
      (queue) =>
        queue.overdue(now, limit),
  ),
);
