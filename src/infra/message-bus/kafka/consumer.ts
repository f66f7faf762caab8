import type { Kafka } from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import { inTurn } from '../in-turn.ts';
import type { Consumer, ConsumerOptions } from '../port.ts';
import type { WithAdmin } from './client.ts';
import { attempts } from './attempts.ts';
import { crashCount } from './crash-count.ts';
import type { Session } from './session.ts';
import { kafkaSession } from './session.ts';

export type KafkaConsumerDeps = {
  readonly kafka: Kafka;
  readonly withAdmin: WithAdmin;
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
};

export type SupervisedConsumer = Consumer & {
  /** Joins anew where it reads one of these: they have partitions it does not know. */
  readonly refresh: (topics: readonly string[]) => Promise<void>;
};

type Supervised = KafkaConsumerDeps & { readonly options: ConsumerOptions };

const RECHECK_MS = 1000;
const LASTING_SESSIONS = 2;

/** Keeps one membership going through crashes; five without progress that are no outage are fatal. */
export const kafkaConsumer = (options: ConsumerOptions, deps: KafkaConsumerDeps): SupervisedConsumer => {
  const next = inTurn();
  let topics = [...new Set(options.topics)];
  const { open, close } = supervised({ ...deps, options }, () => topics, next);
  const reopen = async (): Promise<void> => {
    await close();
    await open();
  };
  let stopped: Promise<void> | undefined;
  void next(open);
  return {
    setTopics: async (wanted) => {
      const isSame = [...new Set(wanted)].sort().join() === [...topics].sort().join();
      topics = [...new Set(wanted)];
      if (!isSame && stopped === undefined) await next(reopen);
    },
    refresh: async (changed) => {
      if (changed.some((topic) => topics.includes(topic)) && stopped === undefined) await next(reopen);
    },
    stop: () => (stopped ??= next(close)),
  };
};

const supervised = (
  { options, ...deps }: Supervised,
  topics: () => readonly string[],
  next: ReturnType<typeof inTurn>,
) => {
  const { later, cancel } = oneTimer(deps.clock, next);
  const memberships = membershipsOf({ ...deps, options }, (ms) => {
    later(ms, open);
  });
  const close = async (): Promise<void> => {
    cancel();
    await memberships.end();
  };
  /** Reads what there is, and the rest as soon as it is there. */
  const open = async (): Promise<void> => {
    try {
      const found = await existing(deps.withAdmin, topics());
      if (found.length < topics().length) later(RECHECK_MS, () => recheck(found));
      if (found.length > 0) await memberships.begin(found);
    } catch (error) {
      memberships.crashed(error);
    }
  };
  const recheck = async (had: readonly string[]): Promise<void> => {
    const now = await existing(deps.withAdmin, topics()).catch(() => had);
    if (now.length === had.length) {
      later(RECHECK_MS, () => recheck(had));
      return;
    }
    await close();
    await open();
  };
  return { open, close };
};

/** One session at a time; `onPause` begins the next one after a crash that is not fatal. */
const membershipsOf = ({ options, ...deps }: Supervised, onPause: (ms: number) => void) => {
  const count = crashCount(deps.clock, LASTING_SESSIONS * deps.sessionTimeoutMs);
  const shared = { ...deps, options, attempts: attempts(), onProgress: count.progressed };
  let session: Session | undefined;
  const crashed = (error: unknown): void => {
    session = undefined;
    options.onTrouble(error);
    const pauseMs = count.crashed(error);
    if (pauseMs === undefined) options.onFatal(error);
    else onPause(pauseMs);
  };
  return {
    crashed,
    begin: async (topics: readonly string[]): Promise<void> => {
      count.started();
      session = kafkaSession({ ...shared, onCrash: crashed });
      await session.start(topics);
    },
    end: async (): Promise<void> => {
      const old = session;
      session = undefined;
      await old?.stop();
    },
  };
};

const existing = async (withAdmin: WithAdmin, topics: readonly string[]): Promise<readonly string[]> => {
  const known = new Set(await withAdmin((admin) => admin.listTopics()));
  return topics.filter((topic) => known.has(topic));
};

/** At most one piece of work waits for its time. */
const oneTimer = (clock: Clock, next: ReturnType<typeof inTurn>) => {
  let cancel = (): void => undefined;
  return {
    later: (ms: number, work: () => Promise<void>): void => {
      cancel();
      cancel = clock.schedule(ms, () => void next(work));
    },
    cancel: (): void => {
      cancel();
    },
  };
};
