import { turnsOf } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';
import type { MongoConnection } from './connect.ts';
import { MongoUnavailable, serverLost } from './errors.ts';

export type AtMostOptions = {
  /** Calls under way at the same time, ≥ 1. */
  readonly calls: number;
  readonly clock: Clock;
};

/** What a user needs of the connection to make its calls in turn. */
export type CallsInTurn = Pick<MongoConnection, 'collection' | 'run' | 'isUp' | 'whenUp'>;

// The driver gives up on a call that gets no connection within two seconds: bursts must wait before they reach it.
const LONGEST_WAIT_MS = 5000;
const MOST_WAITING = 10_000;

/**
 * The connection for one of its users, who makes no more than so many calls at once: the others wait their turn, for
 * five seconds at the most, and are then refused with MongoUnavailable, not made. While no server is there nobody
 * takes a turn: all of them wait side by side, within the same five seconds.
 */
export const atMost = (
  connection: CallsInTurn,
  { calls, clock }: AtMostOptions,
): Pick<MongoConnection, 'collection' | 'run'> => {
  const turns = turnsOf(calls, clock);
  const { run, isUp } = connection;
  const away = awayFrom(connection);
  return {
    collection: connection.collection,
    run: async (work) => {
      const giveUpAt = clock.now() + LONGEST_WAIT_MS;
      for (;;) {
        if (!isUp()) await away.back(giveUpAt - clock.now());
        if (turns.waiting() >= MOST_WAITING || !(await turns.take(Math.max(0, giveUpAt - clock.now()))))
          throw busy();
        if (isUp()) break;
        // Lost meanwhile: the driver would wait for it as long again, and in its turn.
        turns.giveBack();
      }
      try {
        return await run(work);
      } finally {
        turns.giveBack();
      }
    },
  };
};

/** Those who wait for a server, as many as there may be. */
const awayFrom = ({ whenUp }: Pick<MongoConnection, 'whenUp'>) => {
  let waiting = 0;
  return {
    back: async (ms: number): Promise<void> => {
      if (waiting >= MOST_WAITING) throw busy();
      waiting += 1;
      const isBack = await whenUp(Math.max(0, ms));
      waiting -= 1;
      if (!isBack) throw serverLost();
    },
  };
};

const busy = (): MongoUnavailable =>
  new MongoUnavailable('Busy', 'MongoDB has more to do than it can do in time');
