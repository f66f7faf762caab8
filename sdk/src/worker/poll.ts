import type { Client } from '../client.ts';
import { SkaldProblem, SkaldUnreachable } from '../http/problem.ts';
import { isPassing, pauseBefore } from '../http/retry.ts';
import { elapsed, jittered, pause } from '../system.ts';
import { areOutcomes, areTasks } from './shapes.ts';
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
    answer: async (answers) => outcomesIn(await skald.tasks.answer({ body: answers })),
    beat: async (beats) => outcomesIn(await skald.tasks.heartbeat({ body: beats })),
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
  let failures = 0;
  let idle = 0;
  while (!signal.aborted) {
    const max = Math.min(MOST_TASKS, deps.free());
    if (max === 0) {
      await hasRoom();
      continue;
    }
    try {
      idle = (await polled(skald, deps, max, signal)) ? 0 : idle + 1;
      failures = 0;
      // A long poll that says at once, time and again, that there is nothing does not wait: so it is waited here.
      if (idle > 1) await pause(jittered(idle, deps.backoff), signal);
    } catch (error) {
      if (isOver(signal)) return;
      if (isFinal(error)) {
        deps.onFatal(error);
        return;
      }
      deps.onTrouble(error);
      await pause(pauseBefore(error, jittered(failures, deps.backoff)), signal).catch(() => undefined);
      failures += 1;
    }
  }
};

/** A token that cannot be had now may be had later, as it is with a stream. */
const isFinal = (error: unknown): boolean => error instanceof SkaldProblem && !isPassing(error, 'work');

/** False where it brought nothing, and did not wait for it either. */
const polled = async (
  skald: Pick<Client, 'tasks'>,
  { service, steps, take }: TransportDeps,
  max: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const began = elapsed();
  const body = { service, steps, max, waitMs: WAIT_MS };
  const { tasks } = await skald.tasks.poll({ body }, { signal, deadlineMs: DEADLINE_MS });
  if (!areTasks(tasks)) throw new SkaldUnreachable('what a poll was answered with are no tasks');
  take(tasks);
  return tasks.length > 0 || elapsed() - began > WAIT_MS / 2;
};

/** @throws SkaldUnreachable for what are none. */
const outcomesIn = <Outcome>({ results }: { readonly results: readonly Outcome[] }): readonly Outcome[] => {
  if (areOutcomes(results)) return results;
  throw new SkaldUnreachable('what was answered says nothing of what became of it');
};

/** It may have aborted in the meantime, which the compiler does not see. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;
