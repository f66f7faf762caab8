import { describe, expect, it } from 'vitest';
import type { Position } from '../../../src/infra/event-store/port.ts';
import { context, headersWith, objectWith, valueOf } from '../../support/instance-world.ts';
import { correlationAt } from '../../support/instances.ts';
import * as letter from '../../support/letters.ts';
import { DAYS, daysAgo, retentionWorld } from '../../support/retention-world.ts';
import type { RetentionWorld } from '../../support/retention-world.ts';
import { cancelled } from '../../support/saga-events.ts';
import { flowAt } from '../../support/read-models.ts';

const made = async (world: RetentionWorld, days: number, correlation = 0): Promise<string> => {
  const headers = headersWith({ correlationId: correlationAt(correlation) });
  const input = { headers, value: objectWith('a form'), createdAt: daysAgo(days) };
  return valueOf(await world.receiveInstance(input, context)).instanceId;
};

const deletionOf = async (world: RetentionWorld, instanceId: string): Promise<unknown> =>
  (await world.eventsOf(`instance-${instanceId}`)).find(({ type }) => type === 'InstanceDeleted')?.data;

describe('a retention run', () => {
  it('deletes what was made before the cutoff, and nothing else', async () => {
    const world = await retentionWorld();
    const old = await made(world, DAYS + 1);
    const young = await made(world, DAYS - 1);
    const atCutoff = await made(world, DAYS);
    await world.runOnce();
    const { last, current } = await world.retentionView();
    expect(current).toBeNull();
    expect(last).toMatchObject({
      ...{ cutoff: daysAgo(DAYS), days: DAYS, startedBy: 'retention', deleted: 1, failed: 0 },
      kept: { held: 0, liveRun: 0, openLetter: 0, unread: 0 },
    });
    expect(await deletionOf(world, old)).toEqual({
      ...{ reason: 'expired', headers: null, runId: last?.runId, words: null },
    });
    for (const kept of [young, atCutoff])
      expect(await world.typesOf(kept)).toEqual(['InstanceReceived', 'InstanceRegistered']);
  });

  it('takes the time of arrival where nobody said when it was made', async () => {
    const world = await retentionWorld();
    const instanceId = await world.received('a form');
    const { metadata } = (await world.eventsOf(`instance-${instanceId}`))[0] ?? {};
    const arrivedAt = Date.parse(metadata?.recordedAt ?? '');
    await world.runOnce({ now: () => arrivedAt + DAYS * 86_400_000 });
    expect(await deletionOf(world, instanceId)).toBeUndefined();
    await world.runOnce({ now: () => arrivedAt + DAYS * 86_400_000 + 1 });
    expect(await deletionOf(world, instanceId)).toBeDefined();
  });

  it('keeps what is held, what a run or an open letter needs, and what others have not read', async () => {
    const world = await retentionWorld();
    const held = await made(world, 100, 1);
    valueOf(await world.holdInstance(held, { reason: 'a court asks for it' }, context));
    const inRun = await made(world, 100, 2);
    await world.saga(flowAt(2), correlationAt(2));
    const afterRun = await made(world, 100, 3);
    await world.saga(flowAt(3), correlationAt(3), cancelled);
    const retried = await made(world, 100, 4);
    const { correlationId } = valueOf(await world.retryInstance(retried, context));
    await world.saga(flowAt(4), correlationId);
    const inLetter = await made(world, 100, 5);
    await world.letter(letter.letterAt(5), letter.parked({ instanceId: inLetter }));
    const afterLetter = await made(world, 100, 6);
    await world.letter(letter.letterAt(6), letter.parked({ instanceId: afterLetter }), letter.discarded);
    const passedOn = await world.store.lastPosition();
    const unread = await made(world, 100, 7);

    await world.runOnce({ passedOn: () => Promise.resolve(passedOn) });
    for (const kept of [held, inRun, retried, inLetter, unread])
      expect(await deletionOf(world, kept), kept).toBeUndefined();
    for (const gone of [afterRun, afterLetter]) expect(await deletionOf(world, gone), gone).toBeDefined();
    expect((await world.retentionView()).last).toMatchObject({
      ...{ deleted: 2, failed: 0, kept: { held: 1, liveRun: 2, openLetter: 1, unread: 1 } },
    });
  });

  it('goes on over what cannot be deleted, and takes it in the next run', async () => {
    const world = await retentionWorld();
    const stuck = await made(world, 100);
    const other = await made(world, 100);
    const { failed } = await world.runOnce({
      instead: (stream, types) =>
        stream === `instance-${stuck}` && types.includes('InstanceDeleted')
          ? Promise.resolve({ kind: 'refused', code: 'storage_full', detail: 'no room' })
          : undefined,
    });
    expect(failed).toEqual([stuck]);
    expect(await deletionOf(world, other)).toBeDefined();
    expect((await world.retentionView()).last).toMatchObject({ deleted: 1, failed: 1 });
    await world.runOnce();
    expect(await deletionOf(world, stuck)).toBeDefined();
    expect((await world.retentionView()).last).toMatchObject({ deleted: 1, failed: 0 });
  });

  it('judges once more what has moved on meanwhile', async () => {
    const world = await retentionWorld();
    const instanceId = await made(world, 100);
    let holds = 0;
    await world.runOnce({
      instead: (_stream, types) => {
        if (!types.includes('InstanceDeleted') || holds > 0) return undefined;
        holds += 1;
        return world
          .holdInstance(instanceId, { reason: 'just in time' }, context)
          .then(() => ({ kind: 'conflict' as const }));
      },
    });
    expect(holds).toBe(1);
    expect(await deletionOf(world, instanceId)).toBeUndefined();
    expect((await world.retentionView()).last).toMatchObject({ deleted: 0, kept: { held: 1 } });
  });

  it('says so where somebody else was faster', async () => {
    const world = await retentionWorld();
    const instanceId = await made(world, 100);
    let isDone = false;
    const { alreadyDeleted } = await world.runOnce({
      instead: (_stream, types) => {
        if (!types.includes('InstanceDeleted') || isDone) return undefined;
        isDone = true;
        return world
          .deleteInstance(instanceId, { reason: 'asked for' }, context)
          .then(() => ({ kind: 'conflict' as const }));
      },
    });
    expect(alreadyDeleted).toEqual([instanceId]);
    expect((await world.retentionView()).last).toMatchObject({ deleted: 0, failed: 0 });
  });

  it('is started by a person, once for a key, and done at once by whoever has the duty', async () => {
    const world = await retentionWorld();
    const instanceId = await made(world, 100);
    const asked = { ...context, idempotencyKey: 'now' };
    const { runId } = valueOf(await world.start(asked));
    expect(await world.start(asked)).toMatchObject({ value: { runId }, replayed: true });
    expect(await world.start(context)).toMatchObject({ kind: 'rejected', code: 'retention_running' });
    await world.caughtUp();
    expect(await world.retentionView()).toMatchObject({
      current: { runId, startedBy: 'erik', remaining: 1 },
      last: null,
    });
    await world.runOnce({ delayMs: 3_600_000 });
    expect(await world.retentionView()).toMatchObject({ current: null, last: { runId, deleted: 1 } });
    expect(await deletionOf(world, instanceId)).toMatchObject({ runId });
  });

  it('wakes the duty that waits for its next time', async () => {
    const world = await retentionWorld();
    const { createRetention } = await import('../../../src/commands/instance/retention.ts');
    const over = new AbortController();
    const ended: string[] = [];
    const retention = createRetention({
      ...world.partsOf({ delayMs: 3_600_000 }).deps,
      onFinished: ({ runId }) => {
        ended.push(runId);
        over.abort();
      },
    });
    const running = retention.run(over.signal);
    expect(retention.progress()).toBeNull();
    const { runId } = valueOf(await world.start(context));
    await running;
    expect(ended).toEqual([runId]);
  });

  it('counts what it had deleted before it was begun anew', async () => {
    const world = await retentionWorld();
    const ids = [await made(world, 103), await made(world, 102), await made(world, 101)];
    let deletions = 0;
    const passedOn = (): Promise<Position | undefined> => Promise.resolve(undefined);
    const killed = world.runOnce({
      passedOn,
      instead: (_stream, types) => {
        if (types.includes('RetentionRunFinished')) return Promise.reject(new Error('killed'));
        if (types.includes('InstanceDeleted')) deletions += 1;
        return undefined;
      },
    });
    await expect(killed).rejects.toThrow('killed');
    expect(deletions).toBe(ids.length);
    const before = await world.retentionView();
    expect(before.last).toBeNull();
    await world.runOnce();
    const { last, current } = await world.retentionView();
    expect(current).toBeNull();
    expect(last).toMatchObject({ runId: before.current?.runId, deleted: 3, failed: 0 });
  });
});
