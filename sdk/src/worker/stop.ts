import { MOST_MS, pause } from '../system.ts';
import type { Parts } from './assembled.ts';
import { WorkerStopped } from './failure.ts';

/** For answers on their way, and handlers that end when they are told to. */
const AFTER_MS = 1000;

/** Lets what is held be finished and answered, until the signal aborts. */
export const stopGently = async (parts: Parts, hurry: AbortSignal): Promise<void> => {
  const hurried = new Promise((resolve) => {
    hurry.addEventListener('abort', resolve, { once: true });
  });
  const drained = parts.transport.drain();
  await Promise.race([Promise.all([drained, parts.desk.idle()]), hurried]);
  await stopNow(parts);
};

/** What is held goes to another worker once its lease lapses. */
export const stopNow = async ({ desk, heart, transport, giveUp }: Parts): Promise<void> => {
  desk.abortAll(new WorkerStopped('the worker was stopped'));
  await atMost(AFTER_MS, desk.idle());
  giveUp.abort();
  heart.stop();
  await atMost(AFTER_MS, transport.close());
};

export const atMost = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const over = new AbortController();
  await Promise.race([work, pause(Math.min(ms, MOST_MS), over.signal).catch(() => undefined)]);
  over.abort();
};
