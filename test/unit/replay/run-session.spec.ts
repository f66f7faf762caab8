import { describe, expect, it } from 'vitest';
import { previewReplay } from '../../../src/commands/replay/preview-replay.ts';
import { previewReplayInput } from '../../../src/commands/replay/inputs.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import { replayWorld } from '../../support/replay-world.ts';

const steps = async (world: ReturnType<typeof replayWorld>, count: number): Promise<void> => {
  for (let step = 0; step < count; step += 1) await world.write(`saga-${String(step % 3)}`, 'StepSucceeded');
};
const reason = { reason: null };
const erik = { actor: { kind: 'user', id: 'erik', source: 'http' } } as const;

describe('the work of a replay session', () => {
  it('gives every event of before its start once, in order, with its place as a cursor', async () => {
    const world = replayWorld();
    await steps(world, 25);
    const sessionId = await world.started({ filter: { types: ['StepSucceeded'] } });
    await world.write('saga-9', 'StepSucceeded');
    await world.run(sessionId);
    const { events } = await world.store.readAll({ after: START, max: 25 });
    expect(world.taken).toEqual(events.map((event) => ({ ...event, position: `c${event.position}` })));
    expect(await world.view(sessionId)).toMatchObject({
      ...{ status: 'COMPLETED', total: 25, replayed: 25, failed: 0, skipped: 0, percent: 100 },
    });
    expect(world.calls).toEqual([10, 10, 5]);
  });

  it('goes on where it was paused, and ends once', async () => {
    const world = replayWorld();
    await steps(world, 35);
    const sessionId = await world.started({ filter: { types: ['StepSucceeded'] } });
    const stop = new AbortController();
    world.target.answer = () => {
      if (world.taken.length === 20) stop.abort();
      return stop.signal.aborted ? { kind: 'aborted' } : undefined;
    };
    await world.pauseReplay(sessionId, reason, erik);
    await world.resumeReplay(sessionId, reason, erik);
    await world.run(sessionId, stop.signal);
    await world.pauseReplay(sessionId, reason, erik);
    expect(await world.view(sessionId)).toMatchObject({ status: 'PAUSED', replayed: 20, total: 35 });
    delete world.target.answer;
    await world.run(sessionId);
    expect(world.taken).toHaveLength(20);
    await world.resumeReplay(sessionId, reason, erik);
    await world.run(sessionId);
    expect(new Set(world.taken.map(({ eventId }) => eventId)).size).toBe(35);
    expect(world.taken).toHaveLength(35);
    expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', replayed: 35 });
  });

  it('delivers what was not recorded before a crash once more, with the same ids, and counts it once', async () => {
    const world = replayWorld({ every: { events: 10, ms: 3_600_000 } });
    await steps(world, 35);
    const sessionId = await world.started({ filter: { types: ['StepSucceeded'] } });
    let calls = 0;
    world.target.answer = () => {
      calls += 1;
      if (calls === 3) throw new Error('the process died');
      return undefined;
    };
    await expect(world.run(sessionId)).rejects.toThrow('died');
    const before = await world.view(sessionId);
    expect(before).toMatchObject({ status: 'RUNNING', replayed: 20 });
    world.taken.push(...world.taken.slice(15));
    await world.run(sessionId);
    expect(new Set(world.taken.map(({ eventId }) => eventId)).size).toBe(35);
    expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', replayed: 35 });
  });

  it('goes over what is not taken, and says what that was', async () => {
    const world = replayWorld();
    await steps(world, 12);
    const sessionId = await world.started({ filter: { types: ['StepSucceeded'] } });
    let bad: string | undefined;
    world.target.answer = (events) => {
      bad ??= events[4]?.eventId;
      if (!events.some(({ eventId }) => eventId === bad)) return undefined;
      return { kind: 'skipped', code: 'too_large', detail: 'too large' };
    };
    await world.run(sessionId);
    expect(world.taken).toHaveLength(11);
    expect(await world.view(sessionId)).toMatchObject({
      ...{ status: 'COMPLETED', replayed: 11, skipped: 1, failed: 0 },
      errors: [{ eventId: bad, code: 'too_large', detail: 'too large' }],
    });
  });

  it('keeps the first hundred problems', async () => {
    const world = replayWorld();
    await steps(world, 130);
    const sessionId = await world.started({ filter: { types: ['StepSucceeded'] } });
    world.target.answer = () => ({ kind: 'failed', code: 'no_answer', detail: 'x'.repeat(900) });
    await world.run(sessionId);
    const view = await world.view(sessionId);
    expect(view).toMatchObject({ status: 'COMPLETED', replayed: 0, failed: 130 });
    expect(view.errors).toHaveLength(100);
  });

  it('ends at the first event that is not taken where that is asked for', async () => {
    const world = replayWorld();
    await steps(world, 12);
    const sessionId = await world.started({ skipErrors: false });
    world.target.answer = (events) =>
      events.length > 1 || world.taken.length === 5
        ? { kind: 'failed', code: 'no_answer', detail: 'nobody' }
        : undefined;
    await world.run(sessionId);
    expect(await world.view(sessionId)).toMatchObject({
      ...{ status: 'FAILED', replayed: 5, failed: 1, failure: { code: 'no_answer', detail: 'nobody' } },
    });
  });

  it('takes no more events than were asked for', async () => {
    const world = replayWorld();
    await steps(world, 30);
    const sessionId = await world.started({ maxEvents: 13 });
    await world.run(sessionId);
    expect(world.taken).toHaveLength(13);
    expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', total: 13, replayed: 13 });
  });

  it('fails where its target is not to be had', async () => {
    const refused = { kind: 'refused', code: 'target_not_allowed', detail: 'no' } as const;
    const targets = { check: () => undefined, open: () => Promise.resolve(refused) };
    const world = replayWorld({ targets });
    const sessionId = await world.started();
    await world.run(sessionId);
    expect(await world.view(sessionId)).toMatchObject({
      ...{ status: 'FAILED', failure: { code: 'target_not_allowed', detail: 'no' } },
    });
  });

  it('fails where the log is damaged', async () => {
    class LogDamaged extends Error {
      override readonly name = 'LogDamaged';
    }
    const whole = replayWorld();
    const damaged = { ...whole.store, readAll: () => Promise.reject(new LogDamaged('saga-1 revision 3')) };
    const world = replayWorld({ store: damaged, replays: whole.replays });
    const sessionId = await whole.started();
    await world.run(sessionId);
    expect(await whole.view(sessionId)).toMatchObject({
      ...{ status: 'FAILED', failure: { code: 'integrity', detail: 'saga-1 revision 3' } },
    });
  });

  it('keeps the gaps between events, divided by the speed', async () => {
    const world = replayWorld();
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    for (const gap of [0, 10_000, 0, 4000]) {
      await world.clock.advance(gap, settled);
      await world.write('saga-1', 'StepSucceeded');
    }
    const sessionId = await world.started({ speed: 2, filter: { types: ['StepSucceeded'] } });
    const times: number[] = [];
    const from = world.clock.now();
    world.target.answer = (events) => {
      times.push(...events.map(() => world.clock.now() - from));
      return undefined;
    };
    const running = world.run(sessionId);
    const deadline = 50;
    for (let turn = 0; turn < deadline && world.taken.length < 4; turn += 1) {
      await settled();
      await world.clock.advance(500, settled);
    }
    await running;
    expect(times).toHaveLength(4);
    const [, second = 0, third = 0, fourth = 0] = times;
    expect([second - (times[0] ?? 0), third - second, fourth - third]).toEqual([
      expect.closeTo(5000, -3.5),
      0,
      expect.closeTo(2000, -3.5),
    ]);
  });
});

describe('a preview', () => {
  it('counts what would be replayed, and shows the first hundred', async () => {
    const world = replayWorld();
    await steps(world, 130);
    const preview = previewReplay(world);
    const all = await preview(previewReplayInput.parse({ filter: { categories: ['saga'] } }));
    expect(all).toMatchObject({ total: 130, isCut: false });
    expect(all.sample).toHaveLength(100);
    const some = await preview(previewReplayInput.parse({ maxEvents: 7 }));
    expect(some).toMatchObject({ total: 7, isCut: false });
    expect(some.sample).toHaveLength(7);
  });

  it('says where counting took too long', async () => {
    const world = replayWorld();
    await steps(world, 600);
    let now = 0;
    const preview = previewReplay({ store: world.store, clock: { now: () => (now += 25_000) } });
    expect(await preview(previewReplayInput.parse({}))).toMatchObject({ total: 500, isCut: true });
  });
});
