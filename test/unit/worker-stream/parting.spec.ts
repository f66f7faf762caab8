import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { atOnce } from '../../support/feeds.ts';
import { answerTo, LEASE_MS, onTask, slowClaims, workerSession } from '../../support/worker-sessions.ts';

const WAIT = { timeout: 5000, interval: 2 };

/** A stream whose worker holds the first `count` tasks. */
const holding = async (count: number, given: Parameters<typeof workerSession>[0] = {}) => {
  const session = workerSession(given);
  session.hello(1000);
  session.core.offer(...session.tasks(1, count));
  await session.untilSent(count);
  const numbers = () =>
    session.core.abandoned.map(({ flowId }) => Number(flowId.split('-').at(-1))).toSorted((a, b) => a - b);
  return { ...session, abandoned: numbers };
};

describe('a connection that is gone', () => {
  it('abandons what its worker was sent and has not answered', async () => {
    const { send, until, session, core, clock, abandoned } = await holding(5);
    send({ type: 'answers', answers: [answerTo(2), answerTo(4)] });
    await until('answered');
    session.end();
    session.end();
    expect(abandoned()).toEqual([1, 3, 5]);
    expect(core.abandoned[0]).toEqual({ ...onTask(1), leaseUntil: clock.now() + LEASE_MS });
  });

  it('abandons leases as they were extended last, also of tasks claimed elsewhere', async () => {
    const { send, until, session, core, clock, abandoned } = await holding(2);
    await clock.advance(10_000, atOnce);
    send({ type: 'heartbeats', beats: [onTask(2), onTask(9)] });
    await until('heard');
    session.end();
    expect(abandoned()).toEqual([1, 2, 9]);
    const ends = new Map(core.abandoned.map(({ flowId, leaseUntil }) => [flowId, leaseUntil]));
    expect(ends.get(onTask(1).flowId)).toBe(clock.now() + LEASE_MS - 10_000);
    expect(ends.get(onTask(2).flowId)).toBe(clock.now() + LEASE_MS);
  });

  it('abandons what it is still to hold where a heartbeat could not be heard', async () => {
    const { send, until, session, abandoned } = await holding(2, {
      handlers: {
        heartbeatTasks: (beats) =>
          Promise.resolve(
            beats.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'unavailable' })),
          ),
      },
    });
    send({ type: 'heartbeats', beats: [onTask(1)] });
    await until('heard');
    session.end();
    expect(abandoned()).toEqual([1, 2]);
  });

  it('abandons nothing that was lost or has lapsed', async () => {
    const { send, until, session, clock, abandoned } = await holding(3, {
      handlers: {
        heartbeatTasks: (beats) =>
          Promise.resolve(beats.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'lost' }))),
      },
    });
    send({ type: 'heartbeats', beats: [onTask(1)] });
    await until('heard');
    await clock.advance(LEASE_MS, atOnce);
    session.end();
    expect(abandoned()).toEqual([]);
  });

  it('abandons what could not be recorded, and an attempt that another answer was not for', async () => {
    const { send, until, session, abandoned } = await holding(3, {
      handlers: {
        answerTasks: (answers) =>
          Promise.resolve(
            answers.map(({ flowId, stepName }) => ({
              ...{ flowId, stepName },
              outcome: flowId === onTask(1).flowId ? 'unavailable' : 'late',
            })),
          ),
      },
    });
    const { attempt, ...without } = answerTo(3);
    expect(attempt).toBe(1);
    send({ type: 'answers', answers: [answerTo(1), answerTo(2, 7), without] });
    await until('answered');
    session.end();
    expect(abandoned()).toEqual([1, 2]);
  });

  it('notes where that fails: the leases lapse by themselves', async () => {
    const lost = new Error('away');
    const { session, failures } = await holding(1, {
      handlers: { abandonTasks: () => Promise.reject(lost) },
    });
    session.end();
    await vi.waitFor(() => expect(failures).toEqual([lost]), WAIT);
  });
});

describe('a worker that drains', () => {
  it('gets no more tasks, and is told when it has answered what it held', async () => {
    const { send, core, tasks, until, sent, ofType } = await holding(2);
    send({ type: 'drain' });
    core.offer(...tasks(10, 3));
    send({ type: 'credit', credit: 10 });
    await nextTurn();
    expect(core.onOffer()).toBe(3);
    send({ type: 'answers', answers: [answerTo(1)] });
    await until('answered');
    expect(ofType('drained')).toEqual([]);
    send({ type: 'answers', answers: [answerTo(2)] });
    await until('drained');
    expect(sent()).toHaveLength(2);
    expect(ofType('drained')).toHaveLength(1);
  });

  it('is told at once where it holds nothing', () => {
    const { hello, send, ofType } = workerSession();
    hello(10);
    send({ type: 'drain' });
    expect(ofType('drained')).toHaveLength(1);
  });

  it('is told when its last lease has lapsed', async () => {
    const { send, clock, ofType } = await holding(2);
    send({ type: 'drain' });
    await clock.advance(LEASE_MS - 1, atOnce);
    expect(ofType('drained')).toEqual([]);
    await clock.advance(1, atOnce);
    expect(ofType('drained')).toHaveLength(1);
  });

  it('costs one timer, however often it says so', async () => {
    const { send, clock, ofType } = await holding(1);
    const before = clock.waiting();
    for (let turn = 0; turn < 100; turn += 1) send({ type: 'drain' });
    expect(clock.waiting()).toBe(before + 1);
    await clock.advance(LEASE_MS, atOnce);
    expect(ofType('drained')).toHaveLength(1);
    expect(clock.waiting()).toBe(before);
  });

  it('leaves what was claimed for it and not sent to others', async () => {
    const { hello, core, tasks, send, sent, claimed } = slowClaims();
    hello(10);
    const offered = tasks(1, 2);
    core.offer(...offered);
    await vi.waitFor(() => expect(core.onOffer()).toBe(0), WAIT);
    send({ type: 'drain' });
    claimed();
    await vi.waitFor(() => expect(core.released).toEqual(offered), WAIT);
    await nextTurn();
    expect(sent()).toEqual([]);
  });
});

describe('a server that goes away', () => {
  it('says so, takes the answers that are under way, then closes', async () => {
    const { session, send, core, tasks, until, closes, ofType } = await holding(1);
    session.leave?.();
    expect(ofType('draining')).toHaveLength(1);
    core.offer(...tasks(10, 1));
    await nextTurn();
    expect(core.onOffer()).toBe(1);
    expect(closes).toEqual([]);
    send({ type: 'answers', answers: [answerTo(1)] });
    await until('answered');
    expect(closes).toEqual(['draining']);
  });

  it('closes after 2 s at the latest, and leaves the leases to workers that come back', async () => {
    const { session, clock, closes, core } = await holding(3);
    session.leave?.();
    await clock.advance(1999, atOnce);
    expect(closes).toEqual([]);
    await clock.advance(1, atOnce);
    expect(closes).toEqual(['draining']);
    session.end('draining');
    session.end();
    expect(core.abandoned).toEqual([]);
  });

  it('closes at once where no worker has said hello, or none holds anything', () => {
    const silent = workerSession();
    silent.session.leave?.();
    expect(silent.closes).toEqual(['draining']);
    const idle = workerSession();
    idle.hello(10);
    idle.session.leave?.();
    expect(idle.closes).toEqual(['draining']);
  });
});
