import type { ClaimJournal, HeldClaim } from '../../src/infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import type { TaskQueue } from '../../src/infra/task-queue/port.ts';
import type { Scheduler } from './scheduler.ts';
import type { Call } from './unreliable.ts';

/**
 * Claims that outlive the queue, as the journal's file does; each call opens them for one more process. What a process
 * has only forgotten is still there for the next one: none lives to write it down.
 */
export const simulatedJournal = (): (() => ClaimJournal) => {
  const held = new Map<string, HeldClaim>();
  return () => {
    const forgotten = new Set<string>();
    return {
      heldBy: (taskId) => (forgotten.has(taskId) ? undefined : held.get(taskId)),
      put: (claims) => {
        for (const claim of claims) {
          forgotten.delete(claim.taskId);
          held.set(claim.taskId, claim);
        }
      },
      remove: (taskId) => {
        held.delete(taskId);
      },
      forget: (taskId) => void forgotten.add(taskId),
      close: () => undefined,
    };
  };
};

/** The real queue; its own turns are the scheduler's. */
export const realQueue = (scheduler: Scheduler, journal: ClaimJournal | null): TaskQueue =>
  memoryTaskQueue({
    ...(journal === null ? {} : { journal }),
    afterTurn: (task) => {
      scheduler.post('queue', 'looks again', task);
    },
  });

/** The same queue as one process sees it: each call is a step, and its answer never comes to a dead process. */
export const queueThrough = (
  scheduler: Scheduler,
  owner: string,
  call: Call,
  queue: TaskQueue,
): TaskQueue => ({
  offer: (task) => call(`offers ${task.action} ${task.step} ${task.attempt}`, () => queue.offer(task)),
  claim: (request) => call(`claims for ${request.by}`, () => queue.claim(request)),
  extend: (held) => call('extends', () => queue.extend(held)),
  curtail: (held) => call('curtails', () => queue.curtail(held)),
  release: (taskId, attempt) => call('releases', () => queue.release(taskId, attempt)),
  claimOf: (taskId, attempt) => call('asks who holds', () => queue.claimOf(taskId, attempt)),
  settle: (taskId, attempt) => call(`settles ${attempt}`, () => queue.settle(taskId, attempt)),
  withdraw: (taskId) => call('withdraws', () => queue.withdraw(taskId)),
  retire: (taskId, attempt) => call(`retires ${attempt}`, () => queue.retire(taskId, attempt)),
  defer: (taskId, attempt, until) => call('defers', () => queue.defer(taskId, attempt, until)),
  overdue: (now, limit) => call('asks what is overdue', () => queue.overdue(now, limit)),
  offered: (routes, signal) =>
    new Promise((resolve, reject) => {
      queue.offered(routes, signal).then(() => {
        scheduler.post(owner, 'hears of an offer', resolve);
      }, reject);
    }),
  routesOnOffer: (routes) => call('asks what is on offer', () => queue.routesOnOffer(routes)),
  counts: () => call('counts', () => queue.counts()),
  close: () => queue.close(),
});
