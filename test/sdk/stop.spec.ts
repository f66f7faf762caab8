// The order in which a worker's parts come to rest.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Parts } from '../../sdk/src/worker/assembled.ts';
import { WorkerStopped } from '../../sdk/src/worker/failure.ts';
import { stopGently, stopNow } from '../../sdk/src/worker/stop.ts';
import { gate } from '../support/sdk-world.ts';

/** Parts that note what is asked of them, held up by these gates. */
const parts = () => {
  const [drained, idle] = [gate(), gate()];
  const seen: unknown[] = [];
  const giveUp = new AbortController();
  giveUp.signal.addEventListener('abort', () => void seen.push('given up'));
  const note = (what: string) => void seen.push(what);
  const stopping: Parts = {
    desk: {
      held: new Set(),
      ...{ free: () => 0, take: () => undefined, idle: () => idle.opened.then(() => note('idle')) },
      abortAll: (reason) => void seen.push(reason),
    },
    heart: { beatAll: () => undefined, onProgress: () => undefined, stop: () => note('heart stopped') },
    transport: {
      ...{ answer: () => Promise.resolve([]), beat: () => Promise.resolve([]), room: () => undefined },
      drain: () => drained.opened.then(() => note('drained')),
      close: async () => {
        await turn();
        note('closed');
      },
    },
    ...{ giveUp, onFatal: () => undefined, onStopped: () => undefined },
  };
  return { stopping, drained, idle, seen };
};

const END: readonly unknown[] = [expect.any(WorkerStopped), 'idle', 'given up', 'heart stopped', 'closed'];

describe('a worker that is stopped', () => {
  it('waits until nothing more can come and nothing is held, then ends', async () => {
    for (const last of ['drained', 'idle'] as const) {
      const { stopping, seen, ...gates } = parts();
      const stopped = stopGently(stopping, new AbortController().signal);
      gates[last === 'drained' ? 'idle' : 'drained'].open();
      await turn();
      expect(seen).toEqual([last === 'drained' ? 'idle' : 'drained']);
      gates[last].open();
      await stopped;
      expect(seen.slice(1)).toEqual([last, ...END]);
    }
  });

  it('waits for neither when it is in a hurry, but for handlers that end when they are told to', async () => {
    const { stopping, seen, idle } = parts();
    const hurry = new AbortController();
    const stopped = stopGently(stopping, hurry.signal);
    hurry.abort();
    await turn();
    expect(seen).toEqual([expect.any(WorkerStopped)]);
    idle.open();
    await stopped;
    expect(seen.filter((one) => one === 'given up')).toHaveLength(1);
    expect(seen.slice(-2)).toEqual(['heart stopped', 'closed']);
  });

  it('gives up the answers that do not arrive, and lets go of its connection', async () => {
    const { stopping, seen, idle } = parts();
    idle.open();
    await stopNow(stopping);
    expect(seen).toEqual(END);
  });
});
