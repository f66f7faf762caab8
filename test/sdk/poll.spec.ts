// Tasks by long poll, against a Skald that does what each test says.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Client } from '../../sdk/src/client.ts';
import { SkaldProblem, SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import { pollTransport } from '../../sdk/src/worker/poll.ts';
import { gate } from '../support/sdk-world.ts';

type Poll = Client['tasks']['poll'];
type Asked = { readonly max: number; readonly waitMs: number; readonly deadlineMs: number };

/** A worker with this much room; `poll` answers its polls, with none to count from 1. */
const polling = (poll: (times: number, signal: AbortSignal) => ReturnType<Poll>, room = () => 10) => {
  const asked: Asked[] = [];
  const troubles: unknown[] = [];
  const fatal = gate();
  let over = false;
  const tasks = {
    poll: ({ body }: Parameters<Poll>[0], { signal, deadlineMs = 0 }: Parameters<Poll>[1] = {}) => {
      const { max = 0, waitMs = 0 } = body;
      asked.push({ max, waitMs, deadlineMs });
      return poll(asked.length, signal ?? new AbortController().signal);
    },
  };
  // Nothing else of it is called.
  const transport = pollTransport({ tasks } as never, {
    ...{ service: 's', steps: ['a'], free: room, take: () => undefined, held: () => 0 },
    ...{ onConnected: () => undefined, onTrouble: (error) => void troubles.push(error) },
    onFatal: () => {
      over = true;
      fatal.open();
    },
    backoff: { leastMs: 0, mostMs: 1 },
  });
  onTestFinished(() => transport.close());
  return { transport, asked, troubles, fatal: fatal.opened, isOver: () => over };
};

const none = { tasks: [] };
const away = new SkaldUnreachable('away');
/** As a long poll without tasks, until it is given up. */
const forEver = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('given up')));
  });

describe('a worker that polls', () => {
  it('asks for as many as it has room for, 100 at most, and waits longer for an answer than for tasks', async () => {
    const second = gate();
    const { asked } = polling(
      (times, signal) => {
        if (times === 2) second.open();
        return times === 1 ? Promise.resolve(none) : forEver(signal);
      },
      () => 250,
    );
    await second.opened;
    expect(asked.map(({ max }) => max)).toEqual([100, 100]);
    for (const { waitMs, deadlineMs } of asked) expect(deadlineMs).toBeGreaterThan(waitMs);
  });

  it('asks for nothing while it has no room, and ends also then', async () => {
    let room = 0;
    const polled = gate();
    const { transport, asked } = polling(
      (_times, signal) => {
        polled.open();
        return forEver(signal);
      },
      () => room,
    );
    expect(asked).toEqual([]);
    room = 1;
    transport.room();
    await polled.opened;
    expect(asked).toMatchObject([{ max: 1 }]);
    const full = polling(
      () => expect.fail('it was polled'),
      () => 0,
    );
    await full.transport.close();
  });

  it('ends in the middle of a poll without a word', async () => {
    const polled = gate();
    const { transport, troubles } = polling((_times, signal) => {
      polled.open();
      return forEver(signal);
    });
    await polled.opened;
    await transport.close();
    expect(troubles).toEqual([]);
  });

  it('goes on after failures that pass, and ends with one that does not', async () => {
    const refused = new SkaldProblem(403, { code: 'forbidden', detail: 'no' });
    const { fatal, asked, troubles } = polling((times) => Promise.reject(times < 3 ? away : refused));
    await fatal;
    expect(troubles).toEqual([away, away]);
    expect(asked).toHaveLength(3);
  });

  it('leaves a Skald alone for as long as it asks to', async () => {
    const busy = new SkaldProblem(429, { code: 'too_many_requests', detail: 'later' }, 3_600_000);
    const patient = polling(() => Promise.reject(busy));
    // Beside it one that is not asked to wait: by the time it has come five times, the other would have come again.
    const fifth = gate();
    polling((times, signal) => {
      if (times === 5) fifth.open();
      return times < 5 ? Promise.reject(away) : forEver(signal);
    });
    await fifth.opened;
    expect(patient.asked).toHaveLength(1);
    expect(patient.troubles).toEqual([busy]);
  });
});
