import { passingMap } from '../../domain/passing-map.ts';
import type { ClaimJournal } from './claim-journal.ts';
import { dueClaims } from './due-claims.ts';
import { offers } from './offers.ts';
import type { Claim, TaskQueue } from './port.ts';
import {
  claimOf,
  claimTasks,
  curtail,
  offer,
  release,
  renew,
  retire,
  settle,
  withdraw,
} from './queue-state.ts';
import type { QueueState } from './queue-state.ts';
import { waiters } from './waiters.ts';
import type { Waiters } from './waiters.ts';

export type MemoryTaskQueueOptions = {
  /** Keeps claims across a restart; closed together with the queue. Without one a restart forgets them. */
  readonly journal?: ClaimJournal;
  /** Runs a task once those woken now had the chance to claim; a simulation passes its own. */
  readonly afterTurn?: (task: () => void) => void;
};

type Answer = <T>(run: () => T | Promise<T>) => Promise<T>;
/** For what never fails: it writes nothing. */
type AnswerAtOnce = <T>(run: () => T) => T | Promise<never>;

/**
 * Tasks of one process. A claim is answered only after it is in the journal: a call whose claim could not be
 * written rejects and has changed nothing. Everything rejects once the queue is closed.
 */
export const memoryTaskQueue = (options: MemoryTaskQueueOptions = {}): TaskQueue => {
  const onOfferNow = offers();
  const afterTurn = options.afterTurn ?? setImmediate;
  const waiting = waiters({ countOn: onOfferNow.countOn, afterTurn });
  const state: QueueState = {
    journal: options.journal ?? noJournal,
    entries: passingMap(),
    retired: new Set(),
    offers: onOfferNow,
    due: dueClaims(),
    onOffer: waiting.wake,
  };
  let isClosed = false;
  const answer: Answer = (run) =>
    new Promise((resolve) => {
      if (isClosed) throw closed();
      resolve(run());
    });
  const atOnce: AnswerAtOnce = (run) => (isClosed ? Promise.reject(closed()) : run());
  const close = (): void => {
    isClosed = true;
    waiting.wakeAll();
    state.journal.close();
  };
  return {
    ...inMemory(state, atOnce),
    ...claimsOf(state, answer),
    ...viewOf(state, waiting, answer),
    close: () => answer(close),
  };
};

const closed = (): Error => new Error('the task queue is closed');

const inMemory = (
  state: QueueState,
  answer: AnswerAtOnce,
): Pick<TaskQueue, 'offer' | 'settle' | 'withdraw' | 'claimOf'> => ({
  offer: (task) =>
    answer(() => {
      offer(state, task);
    }),
  settle: (taskId, attempt) =>
    answer(() => {
      settle(state, { taskId, attempt });
    }),
  withdraw: (taskId) => answer(() => withdraw(state, taskId)),
  claimOf: (taskId, attempt) => answer(() => claimOf(state, { taskId, attempt })),
});

const claimsOf = (
  state: QueueState,
  answer: Answer,
): Pick<TaskQueue, 'claim' | 'release' | 'retire' | 'extend' | 'curtail' | 'defer'> => ({
  claim: (request) => answer(() => claimTasks(state, request)),
  release: (taskId, attempt) =>
    answer(() => {
      release(state, { taskId, attempt });
    }),
  retire: (taskId, attempt) => answer(() => retire(state, { taskId, attempt })),
  curtail: (held) => answer(() => curtail(state, held)),
  extend: (held) => answer(() => renew(state, held, (claim) => withLease(claim, held.now + held.leaseMs))),
  defer: (taskId, attempt, until) =>
    answer(() => {
      renew(state, { taskId, attempt }, (claim) => withDeadline(withLease(claim, until), until));
    }),
});

const viewOf = (
  state: QueueState,
  waiting: Waiters,
  answer: Answer,
): Pick<TaskQueue, 'overdue' | 'offered' | 'routesOnOffer' | 'counts'> => ({
  overdue: (now, limit) => answer(() => state.due.overdue(now, limit)),
  offered: (routes, signal) => answer(() => waiting.wait(routes, signal)),
  routesOnOffer: (routes) => answer(() => routes.filter((route) => state.offers.countOn(route) > 0)),
  counts: () =>
    answer(() => {
      const offered = state.offers.count();
      return { offered, claimed: state.entries.size() - offered - state.retired.size };
    }),
});

const noJournal: ClaimJournal = {
  heldBy: () => undefined,
  put: () => undefined,
  remove: () => undefined,
  forget: () => undefined,
  close: () => undefined,
};

// A lease that was deferred must not be shortened by the next heartbeat.
const withLease = (claim: Claim, until: number): Claim => ({
  ...claim,
  leaseUntil: Math.max(claim.leaseUntil, until),
});

const withDeadline = (claim: Claim, until: number): Claim => ({
  ...claim,
  deadline: Math.max(claim.deadline, until),
});
