import { randomUUID } from 'node:crypto';
import { pause } from '../../clock/port.ts';
import type { Clock } from '../../clock/port.ts';
import { announce } from '../announce.ts';
import type { Consumer, ConsumerOptions } from '../port.ts';
import type { BusCalls } from './calls.ts';
import { laneAt } from './lane.ts';
import { laneSet } from './lanes.ts';
import type { Claimed } from './protocol.ts';

export type EmbeddedConsumerDeps = {
  readonly calls: BusCalls;
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
};

export type EmbeddedConsumer = Consumer & {
  /** There may be new records in one of these topics; in any, where none are named. */
  readonly wake: (topics?: readonly string[]) => void;
};

type Member = EmbeddedConsumerDeps & {
  readonly options: ConsumerOptions;
  readonly member: string;
  readonly stopping: AbortSignal;
  readonly topics: () => readonly string[];
};

const AGAIN_MS = 100;
const BEATS_PER_SESSION = 5;

/** Reads as one member of its group until it is stopped. */
export const embeddedConsumer = (options: ConsumerOptions, deps: EmbeddedConsumerDeps): EmbeddedConsumer => {
  const stopping = new AbortController();
  let topics = options.topics;
  const self = { ...deps, options, member: randomUUID(), stopping: stopping.signal, topics: () => topics };
  const { run, wake, beatNow, finish } = memberLoop(self);
  const running = run().catch(options.onFatal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    wake();
    await running;
    await finish();
    if (!deps.calls.isDead()) await deps.calls.leave(options.group, self.member);
  };
  let stopped: Promise<void> | undefined;
  return {
    wake: (written) => {
      if (written === undefined || topics.some((topic) => written.includes(topic))) wake();
    },
    setTopics: (wanted) => {
      topics = [...new Set(wanted)];
      beatNow();
      return Promise.resolve();
    },
    stop: () => (stopped ??= stop()),
  };
};

const memberLoop = (self: Member) => {
  const { calls, clock, sessionTimeoutMs, member, stopping, topics } = self;
  const { group, onTrouble } = self.options;
  const { wait, wake } = wakeable(clock);
  let generation = -1;
  let nextBeatAt = 0;
  const beatNow = (): void => {
    nextBeatAt = 0;
    wake();
  };
  const lanes = laneSet(lanesOf(self, wake));
  const beat = async (): Promise<void> => {
    const now = clock.now();
    nextBeatAt = now + sessionTimeoutMs / BEATS_PER_SESSION;
    const busy = lanes.busy();
    const told = await calls.beat({ group, member, topics: topics(), busy, now, sessionTimeoutMs });
    generation = told.generation;
    lanes.settle(told, beatNow);
  };
  const poll = async (): Promise<void> => {
    const polled = await calls.poll(group, lanes.wants());
    if (polled.generation !== generation) beatNow();
    lanes.push(polled.records);
  };
  const turn = async (): Promise<void> => {
    try {
      if (clock.now() >= nextBeatAt) await beat();
      await poll();
      await wait(Math.max(0, nextBeatAt - clock.now()));
    } catch (error) {
      if (calls.isDead()) throw error;
      onTrouble(error);
      await wait(AGAIN_MS);
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.aborted) await turn();
  };
  return { run, wake, beatNow, finish: lanes.finish };
};

const lanesOf = ({ options, calls, clock, member, stopping }: Member, onIdle: () => void) => {
  const commit = (to: Claimed): Promise<boolean> => calls.commit({ group: options.group, member, to });
  return (gained: readonly Claimed[]) => {
    const ready = gained.length === 0 ? Promise.resolve(true) : announce(options, clock, stopping);
    return gained.map((one) => laneAt(one, { ...options, clock, ready, commit, onIdle }));
  };
};

/** A sleeper that can be woken; a wake that comes while it is up ends its next sleep at once. */
const wakeable = (clock: Clock) => {
  let sleep = new AbortController();
  return {
    wake: (): void => {
      sleep.abort();
    },
    wait: async (ms: number): Promise<void> => {
      await pause(clock, ms, sleep.signal);
      sleep = new AbortController();
    },
  };
};
