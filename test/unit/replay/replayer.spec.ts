import { describe, expect, it, onTestFinished } from 'vitest';
import { createReplayer } from '../../../src/commands/replay/replayer.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { context, replayWorld } from '../../support/replay-world.ts';

const reason = { reason: null };
const WAIT = { timeout: 5000, interval: 5 };

/** A replayer whose work goes on until it is stopped, and what it works on. */
const replaying = () => {
  const world = replayWorld();
  const begun: string[] = [];
  const unreadable: string[] = [];
  const waited: string[] = [];
  const replayer = createReplayer({
    ...world,
    work: (sessionId, signal) =>
      new Promise((resolve) => {
        begun.push(sessionId);
        signal.addEventListener('abort', () => {
          resolve();
        });
      }),
    onTurn: (sessionId) => {
      waited.push(sessionId);
      return Promise.resolve();
    },
    onUnreadable: (sessionId) => void unreadable.push(sessionId),
  });
  const over = new AbortController();
  const start = () => {
    const running = replayer.run(over.signal);
    onTestFinished(async () => {
      over.abort();
      await running;
    });
    return running;
  };
  return { ...world, replayer, begun, unreadable, waited, over, start };
};

describe('the replayer', () => {
  it('works on sessions that run, also on those of before it began', async () => {
    const { started, start, replayer } = replaying();
    const before = await started();
    void start();
    await expect.poll(replayer.status, WAIT).toEqual([before]);
    const later = await started();
    await expect.poll(replayer.status, WAIT).toEqual([before, later]);
  });

  it('stops what is paused or cancelled, and begins again what is resumed', async () => {
    const { started, start, replayer, begun, ...world } = replaying();
    void start();
    const session = await started();
    await expect.poll(replayer.status, WAIT).toEqual([session]);
    await world.pauseReplay(session, reason, context);
    await expect.poll(replayer.status, WAIT).toEqual([]);
    await world.resumeReplay(session, reason, context);
    await expect.poll(() => begun, WAIT).toEqual([session, session]);
    await world.cancelReplay(session, reason, context);
    await expect.poll(replayer.status, WAIT).toEqual([]);
  });

  it('leaves alone what is not started, and what was over before it began', async () => {
    const { started, start, replayer, begun, ...world } = replaying();
    const ended = await started();
    await world.cancelReplay(ended, reason, context);
    const on = await started();
    void start();
    await expect.poll(replayer.status, WAIT).toEqual([on]);
    expect(begun).toEqual([on]);
  });

  it('works on sixteen at once, and on the next when one of them ends; the others wait, which is said once', async () => {
    const { started, start, replayer, waited, ...world } = replaying();
    const sessions: string[] = [];
    for (let count = 0; count < 18; count += 1) sessions.push(await started());
    void start();
    await expect.poll(replayer.status, WAIT).toEqual(sessions.slice(0, 16));
    await world.cancelReplay(sessions[3] ?? '', reason, context);
    await expect.poll(replayer.status, WAIT).toContain(sessions[16]);
    expect(replayer.status()).toHaveLength(16);
    expect(waited).toEqual(sessions.slice(16));
  });

  it('leaves alone what it cannot read, and goes on with the others', async () => {
    const { started, start, replayer, store, unreadable, ids } = replaying();
    const commandId = ids.next();
    await store.append(
      'replay-foreign',
      NO_STREAM,
      [{ eventId: ids.next(), type: 'ReplayStarted', schemaVersion: '9.0', data: {} }],
      { commandId, causationId: commandId, correlationId: commandId, actor: context.actor },
    );
    const session = await started();
    void start();
    await expect.poll(replayer.status, WAIT).toEqual([session]);
    expect(unreadable).toEqual(['foreign']);
  });

  it('ends when everything that it works on has ended', async () => {
    const { started, start, replayer, over } = replaying();
    await started();
    const running = start();
    await expect.poll(replayer.status, WAIT).toHaveLength(1);
    over.abort();
    await running;
    expect(replayer.status()).toEqual([]);
  });
});
