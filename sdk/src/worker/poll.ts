import type { Client } from '../client.ts';
import { SkaldProblem } from '../http/problem.ts';
import { isPassing, pauseBefore } from '../http/retry.ts';
import { jittered, pause } from '../system.ts';
import type { Transport, TransportDeps } from './transport.ts';

const WAIT_MS = 20_000;
const DEADLINE_MS = WAIT_MS + 15_000;
const MOST_TASKS = 100;
/** What a Skald gives unless it was told otherwise. */
const LEASE_MS = 30_000;

/** Tasks by long poll, answers by request. */
export const pollTransport = (skald: Pick<Client, 'tasks'>, deps: TransportDeps): Transport => {
  const stop = new AbortController();
  const waiting: (() => void)[] = [];
  const room = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  const hasRoom = (): Promise<void> => new Promise((resolve) => void waiting.push(resolve));
  const end = (): Promise<void> => {
    stop.abort();
    room();
    return running;
  };
  const running = loop(skald, deps, stop.signal, hasRoom);
  deps.onConnected(LEASE_MS);
  return {
    answer: async (answers) => (await skald.tasks.answer({ body: answers })).results,
    beat: async (beats) => (await skald.tasks.heartbeat({ body: beats })).results,
    room,
    drain: end,
    close: end,
  };
};

const loop = async (
  skald: Pick<Client, 'tasks'>,
  deps: TransportDeps,
  signal: AbortSignal,
  hasRoom: () => Promise<void>,
): Promise<void> => {
  const { service, steps } = deps;
  let failures = 0;
  while (!signal.aborted) {
    const max = Math.min(MOST_TASKS, deps.free());
    if (max === 0) {
      await hasRoom();
      continue;
    }
    try {
      const body = { service, steps, max, waitMs: WAIT_MS };
      const { tasks } = await skald.tasks.poll({ body }, { signal, deadlineMs: DEADLINE_MS });
      failures = 0;
      deps.take(tasks);
    } catch (error) {
      if (isOver(signal)) return;
      // A token that cannot be had now may be had later, as it is with a stream.
      if (error instanceof SkaldProblem && !isPassing(error, 'work')) {
        deps.onFatal(error);
        return;
      }
      deps.onTrouble(error);
      await pause(pauseBefore(error, jittered(failures, deps.backoff)), signal).catch(() => undefined);
      failures += 1;
    }
  }
};

/** It may have aborted in the meantime, which the compiler does not see. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;
