// Heartbeats of what a worker holds: when they are sent, and what is made of their answers.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SkaldProblem, SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import type { Beat } from '../../sdk/src/worker/answer.ts';
import { LeaseLost } from '../../sdk/src/worker/failure.ts';
import { createHeart } from '../../sdk/src/worker/heart.ts';
import type { HeartDeps } from '../../sdk/src/worker/heart.ts';

const LEASE_MS = 30_000;

const heldTask = (stepName: string, leaseEnds = Infinity) => ({
  on: { flowId: 'f', orchName: 'o', stepName, attempt: 1, action: 'DO' as const },
  abort: new AbortController(),
  progress: undefined as { readonly value: string } | undefined,
  leaseEnds,
});
type Held = ReturnType<typeof heldTask>;

const extended: HeartDeps['beat'] = (beats) =>
  Promise.resolve(beats.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'extended' as const })));

/** A heart over these tasks, and every frame it sent. */
const beating = (held: readonly Held[], reply: HeartDeps['beat'] = extended) => {
  const sent: (readonly Beat[])[] = [];
  const heart = createHeart({
    held: () => held,
    beat: (beats) => {
      sent.push(beats);
      return reply(beats);
    },
    ...{ leaseMs: () => LEASE_MS, everyMs: undefined },
  });
  return { ...heart, sent };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('heartbeats', () => {
  it('go out for all that is held, three in the time of a lease', async () => {
    const { sent } = beating([heldTask('a'), heldTask('b')]);
    await vi.advanceTimersByTimeAsync(LEASE_MS / 3 - 1);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.map((beats) => beats.map(({ stepName }) => stepName))).toEqual([['a', 'b']]);
    await vi.advanceTimersByTimeAsync((2 * LEASE_MS) / 3);
    expect(sent).toHaveLength(3);
  });

  it('end when the worker does, those of progress too', async () => {
    const [before, after] = [1, 2].map(() => beating([{ ...heldTask('a'), progress: { value: 'half' } }]));
    before?.onProgress();
    before?.stop();
    after?.stop();
    after?.onProgress();
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    expect([before?.sent, after?.sent]).toEqual([[], []]);
  });

  it('extend a lease from when they were sent, not from when they were answered', async () => {
    const one = heldTask('a', performance.now() + 10_000);
    const slow: HeartDeps['beat'] = (beats) =>
      new Promise((resolve) => setTimeout(() => resolve(extended(beats)), 5000));
    const { beatAll } = beating([one], slow);
    const sentAt = performance.now();
    beatAll();
    await vi.advanceTimersByTimeAsync(5000);
    expect(one.leaseEnds).toBe(sentAt + LEASE_MS);
  });

  it('give up what has lapsed, at the moment it has', async () => {
    const [lapsed, held] = [heldTask('a', performance.now() + LEASE_MS / 3), heldTask('b')];
    beating([lapsed, held]);
    await vi.advanceTimersByTimeAsync(LEASE_MS / 3);
    expect(lapsed.abort.signal.reason).toBeInstanceOf(LeaseLost);
    expect(held.abort.signal.aborted).toBe(false);
  });
});

describe('progress', () => {
  it('is sent soon, together, and only of those that said something; what is said later, too', async () => {
    const [quiet, first, second] = [heldTask('quiet'), heldTask('first'), heldTask('second')];
    const { sent, onProgress } = beating([quiet, first, second]);
    for (const one of [first, second]) {
      one.progress = { value: 'half' };
      onProgress();
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.flat()).toMatchObject([{ stepName: 'first', progress: 'half' }, { stepName: 'second' }]);
    second.progress = { value: 'most' };
    onProgress();
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.slice(1)).toMatchObject([[{ stepName: 'second', progress: 'most' }]]);
  });

  it('that could not be told gives way to what was said since', async () => {
    const one = { ...heldTask('a'), progress: { value: 'half' } };
    const { beatAll } = beating([one], () => {
      one.progress = { value: 'most' };
      return Promise.reject(new SkaldUnreachable('cut'));
    });
    beatAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(one.progress).toEqual({ value: 'most' });
  });

  it('that is refused is not sent again', async () => {
    const one: Held = { ...heldTask('a'), progress: { value: 'half' } };
    const refused = new SkaldProblem(400, { code: 'invalid_input', detail: 'no' });
    const { beatAll } = beating([one], () => Promise.reject(refused));
    beatAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(one.progress).toBeUndefined();
  });
});
