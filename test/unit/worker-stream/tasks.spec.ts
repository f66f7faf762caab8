import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { encodeTasks } from '../../../src/infra/http/worker-stream/encode-tasks.ts';
import { atOnce } from '../../support/feeds.ts';
import { LEASE_MS, slowClaims, taskAt, workerSession } from '../../support/worker-sessions.ts';

const WAIT = { timeout: 5000, interval: 2 };

describe('tasks on a stream', () => {
  it('come after the welcome, for the service and the steps that were named', async () => {
    const { hello, frames, core, tasks, untilSent, sent } = workerSession();
    const offered = tasks(1, 3);
    hello(10, { steps: ['create', 'charge'] });
    expect(frames).toEqual([{ type: 'welcome', leaseMs: LEASE_MS, service: 'billing' }]);
    core.offer(...offered);
    await untilSent(3);
    expect(sent()).toEqual(offered);
    expect(core.asked).toEqual([{ service: 'billing', steps: ['create', 'charge'] }]);
    expect(core.claims).toEqual([10]);
  });

  it('of one turn come in one frame', async () => {
    const { hello, core, tasks, untilSent, ofType } = workerSession();
    hello(1000);
    for (const task of tasks(1, 60)) core.offer(task);
    await untilSent(60);
    expect(ofType('tasks')).toHaveLength(1);
  });

  it('come as the credit allows, and go on when there is more of it', async () => {
    const { hello, core, tasks, untilSent, send } = workerSession();
    hello(5);
    core.offer(...tasks(1, 300));
    await untilSent(5);
    expect(core.onOffer()).toBe(295);
    send({ type: 'credit', credit: 7 });
    await untilSent(12);
    send({ type: 'credit', credit: 200 });
    await untilSent(212);
    expect(core.onOffer()).toBe(88);
  });

  it('are not asked for without credit', async () => {
    const { hello, core, tasks, send, untilSent } = workerSession();
    hello(0);
    core.offer(...tasks(1, 1));
    await nextTurn();
    expect(core.claims).toEqual([]);
    send({ type: 'credit', credit: 1 });
    await untilSent(1);
  });

  it('are never more than 1,000 ahead of the worker', async () => {
    const { hello, core, tasks, send, untilSent } = workerSession();
    hello(1000);
    send({ type: 'credit', credit: 1000 });
    core.offer(...tasks(1, 1500));
    await untilSent(1000);
    await nextTurn();
    expect(core.onOffer()).toBe(500);
    send({ type: 'credit', credit: 1 });
    await untilSent(1001);
  });

  it('of one turn are claimed in one go', async () => {
    const { hello, core, tasks, untilSent } = workerSession();
    hello(1000);
    core.offer(...tasks(1, 1));
    await Promise.resolve().then(() => core.offer(...tasks(2, 1)));
    await untilSent(2);
    expect(core.claims).toEqual([100]);
  });

  it('stay on offer while the worker does not read what it is sent', async () => {
    const { hello, core, tasks, session, way, sent, untilSent } = workerSession();
    hello(10);
    way.isFull = true;
    core.offer(...tasks(1, 2));
    await nextTurn();
    expect(core.onOffer()).toBe(2);
    expect(core.claims).toEqual([]);
    expect(sent()).toEqual([]);
    way.isFull = false;
    session.drained();
    await untilSent(2);
  });

  it('go back on offer where the worker has stopped reading by the time they are claimed', async () => {
    const { hello, core, tasks, session, way, sent, claimed } = slowClaims();
    hello(10);
    const offered = tasks(1, 2);
    core.offer(...offered);
    await vi.waitFor(() => expect(core.onOffer()).toBe(0), WAIT);
    way.isFull = true;
    claimed();
    await vi.waitFor(() => expect(core.released).toEqual(offered), WAIT);
    expect(sent()).toEqual([]);
    session.end();
  });

  it('are asked for again a second after a failure that is not the worker’s', async () => {
    let calls = 0;
    const lost = new Error('the store is away');
    const session = workerSession({
      handlers: {
        openTaskSource: (input) => {
          const source = session.core.handlers.openTaskSource(input);
          const claim = (max: number) => {
            calls += 1;
            return calls === 1 ? Promise.reject(lost) : source.claim(max);
          };
          return { ...source, claim };
        },
      },
    });
    session.core.offer(...session.tasks(1, 1));
    session.hello(10);
    await vi.waitFor(() => expect(session.failures).toEqual([lost]), WAIT);
    await session.clock.advance(999, atOnce);
    await nextTurn();
    expect(session.sent()).toEqual([]);
    await session.clock.advance(1, atOnce);
    await session.untilSent(1);
  });

  it('that never left the server go back on offer when the connection ends', async () => {
    const { hello, core, tasks, session, sent, claimed } = slowClaims();
    hello(10);
    const offered = tasks(1, 2);
    core.offer(...offered);
    await vi.waitFor(() => expect(core.onOffer()).toBe(0), WAIT);
    session.end();
    claimed();
    await vi.waitFor(() => expect(core.released).toEqual(offered), WAIT);
    await nextTurn();
    expect(sent()).toEqual([]);
    expect(core.abandoned).toEqual([]);
    expect(core.isClosed()).toBe(true);
  });

  it('are not claimed by a connection that has ended', async () => {
    const { hello, core, tasks, session } = workerSession();
    hello(10);
    core.offer(...tasks(1, 2));
    session.end();
    await nextTurn();
    expect(core.claims).toEqual([]);
    expect(core.onOffer()).toBe(2);
  });
});

describe('frames of tasks', () => {
  const lengthsOf = (tasks: Parameters<typeof encodeTasks>[0]) =>
    encodeTasks(tasks).map(
      ({ members }) => (JSON.parse(`{${members}}`) as { tasks: unknown[] }).tasks.length,
    );

  it('hold 100 tasks and about 1 MiB at most, and one task of any size', () => {
    const small = Array.from({ length: 250 }, (_, n) => taskAt(0, n));
    expect(lengthsOf(small)).toEqual([100, 100, 50]);
    const large = Array.from({ length: 4 }, (_, n) => taskAt(0, n, { payload: 'x'.repeat(400_000) }));
    expect(lengthsOf(large)).toEqual([2, 2]);
    expect(lengthsOf([taskAt(0, 1, { payload: 'x'.repeat(3_000_000) })])).toEqual([1]);
    expect(lengthsOf([])).toEqual([]);
  });
});
