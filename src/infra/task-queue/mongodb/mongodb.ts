import { z } from 'zod';
import type { Clock } from '../../clock/port.ts';
import { atMost } from '../../mongodb/at-most.ts';
import type { CallsInTurn } from '../../mongodb/at-most.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import type { TaskQueue } from '../port.ts';
import { claim } from './claim.ts';
import { floors } from './floors.ts';
import { claimOf, curtail, extend, overdue, release } from './holding.ts';
import { offer, retire, settle } from './offer.ts';
import { taskRows } from './rows.ts';
import type { TaskRows } from './rows.ts';
import { turns } from './turns.ts';
import { watchOffers } from './watch-offers.ts';

// A claim of many tasks uses several connections itself; twenty are there for everybody.
const AT_ONCE = 8;

export type MongoTaskQueueOptions = {
  readonly connection: CallsInTurn;
  readonly clock: Clock;
};

/**
 * Tasks in the collection `tasks`, offered and claimed by any number of processes; the connection is not closed with
 * the queue. Each call changes single documents and may be made again after it failed; a claim whose answer was lost
 * is held by nobody and ends with its lease. A task offered by another process wakes who waits within 150 ms and a
 * round trip. An attempt that was settled cannot come back by a late offer for at least a minute.
 * @throws MongoUnavailable, MongoRefused.
 */
export const mongoTaskQueue = async (options: MongoTaskQueueOptions): Promise<TaskQueue> => {
  const { clock } = options;
  const connection = atMost(options.connection, { calls: AT_ONCE, clock });
  const rows = await taskRows(connection);
  const parts = partsOf(rows, { connection, clock });
  let isClosed = false;
  const whileOpen: Answer = (call) =>
    isClosed ? Promise.reject(new Error('the task queue is closed')) : call();
  const answer: Answer = (call) => whileOpen(() => connection.run(call));
  return {
    ...tasksOf(parts, answer),
    ...claimsOf(parts, answer),
    ...viewOf(parts, answer),
    offered: (routes, signal) => whileOpen(() => parts.watched.wait(routes, signal)),
    close: () => {
      isClosed = true;
      parts.watched.close();
      parts.settled.close();
      return Promise.resolve();
    },
  };
};

type Connected = Pick<MongoTaskQueueOptions, 'clock'> & { readonly connection: Pick<MongoConnection, 'run'> };
type Answer = <T>(call: () => Promise<T>) => Promise<T>;

const partsOf = (rows: TaskRows, { connection: { run }, clock }: Connected) => {
  const routesOnOffer = (routes: readonly string[]) => onOffer(rows, routes);
  return {
    rows,
    routesOnOffer,
    turns: turns(),
    nextNumber: growingNumbers(clock),
    watched: watchOffers({ clock, routesOnOffer: (routes) => run(() => routesOnOffer(routes)) }),
    settled: floors({ rows, run, clock }),
  };
};
type Parts = ReturnType<typeof partsOf>;

const onOffer = async (rows: TaskRows, routes: readonly string[]): Promise<readonly string[]> => {
  if (routes.length === 0) return [];
  const found = z
    .array(z.string())
    .parse(await rows.distinct('route', { state: 'offered', route: { $in: [...routes] } }));
  return routes.filter((route) => found.includes(route));
};

const tasksOf = (
  parts: Parts,
  answer: Answer,
): Pick<TaskQueue, 'offer' | 'claim' | 'release' | 'settle' | 'withdraw' | 'retire'> => ({
  offer: async (task) => {
    const isNew = await answer(() => offer(parts.rows, task, parts.nextNumber()));
    if (isNew) parts.watched.wake(task.route);
  },
  claim: async (request) => {
    const claimed = await answer(() => claim(parts, request));
    for (const route of new Set(claimed.map(({ task }) => task.route))) parts.watched.wake(route);
    return claimed;
  },
  release: async (taskId, attempt) => {
    // Before every offer, and before what was released earlier.
    const first = -parts.nextNumber();
    const route = await answer(() => release(parts.rows, { taskId, attempt }, first));
    if (route === undefined) return;
    parts.turns.returned(route, first);
    parts.watched.wake(route);
  },
  settle: async (taskId, attempt) => {
    await answer(() => settle(parts.rows, taskId, attempt));
    parts.settled.note(taskId, attempt);
  },
  withdraw: (taskId) =>
    answer(async () => {
      const gone = await parts.rows.deleteOne({ _id: taskId, state: 'offered' });
      return gone.deletedCount === 1;
    }),
  retire: (taskId, attempt) => answer(() => retire(parts.rows, taskId, attempt)),
});

const claimsOf = (
  { rows }: Parts,
  answer: Answer,
): Pick<TaskQueue, 'claimOf' | 'extend' | 'curtail' | 'defer'> => ({
  claimOf: (taskId, attempt) => answer(() => claimOf(rows, { taskId, attempt })),
  extend: ({ taskId, attempt, now, leaseMs }) =>
    answer(() => extend(rows, { taskId, attempt }, { leaseUntil: now + leaseMs })),
  curtail: (held) => answer(() => curtail(rows, held, held)),
  defer: (taskId, attempt, until) =>
    answer(async () => {
      await extend(rows, { taskId, attempt }, { leaseUntil: until, deadline: until });
    }),
});

const viewOf = (
  { rows, routesOnOffer }: Parts,
  answer: Answer,
): Pick<TaskQueue, 'overdue' | 'routesOnOffer' | 'counts'> => ({
  overdue: (now, limit) => answer(() => overdue(rows, now, limit)),
  routesOnOffer: (routes) => answer(() => routesOnOffer(routes)),
  counts: () =>
    answer(async () => {
      const count = (state: 'offered' | 'claimed') => rows.countDocuments({ state });
      const [offered, claimed] = await Promise.all([count('offered'), count('claimed')]);
      return { offered, claimed };
    }),
});

/** Numbers that grow with time. Between processes they are as good as their clocks, which only decides who is first. */
const growingNumbers = (clock: Pick<Clock, 'now'>): (() => number) => {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now() * 1000);
    return last;
  };
};
