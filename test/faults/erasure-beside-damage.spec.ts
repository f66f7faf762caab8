// What is damaged between its deletion and its erasure holds up nobody else's.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runEraser } from '../../src/commands/instance/eraser.ts';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import { context, headersWith, valueOf } from '../support/instance-world.ts';
import { correlationAt } from '../support/instances.ts';
import * as letter from '../support/letters.ts';
import { manualClock } from '../support/manual-clock.ts';
import { retentionWorld, TODAY } from '../support/retention-world.ts';
import type { RetentionWorld } from '../support/retention-world.ts';

const deleted = async (world: RetentionWorld): Promise<string> => {
  const instanceId = await world.received('a form');
  valueOf(await world.deleteInstance(instanceId, { reason: 'asked for' }, context));
  return instanceId;
};

/** A log of which some streams cannot be read. */
const damagedLog = ({ store }: RetentionWorld) => {
  const damaged = new Set<string>();
  const met: string[] = [];
  let held: Promise<unknown> = Promise.resolve();
  const readStream: EventStore['readStream'] = async (stream, options) => {
    if (!damaged.has(stream)) return store.readStream(stream, options);
    met.push(stream);
    await held;
    throw new LogDamaged(stream, 0, 'the hash does not match');
  };
  const holdUntil = (time: Promise<unknown>): void => void (held = time);
  return { damaged, met, holdUntil, store: { ...store, readStream } };
};

/** An eraser that runs over such a log until the test ends. */
const erasing = (
  world: RetentionWorld,
  log: ReturnType<typeof damagedLog>,
  settings: Parameters<RetentionWorld['partsOf']>[0] = {},
  mostStuck = 1000,
) => {
  const { deps, unread, stuckCounts } = world.partsOf(settings);
  const { store, instances } = world.over(log);
  const clock = manualClock();
  const saved: string[] = [];
  const checkpoints = {
    load: () => Promise.resolve(undefined),
    save: (_follower: string, position: string) => Promise.resolve(void saved.push(position)),
  };
  const over = new AbortController();
  const own = { store, instances, checkpoints, clock: { ...clock, now: () => TODAY }, mostStuck };
  const running = runEraser({ ...deps, ...own }, over.signal);
  onTestFinished(async () => {
    over.abort();
    // What was told to stop may say so in any way it likes.
    await Promise.allSettled([running]);
  });
  return { clock, saved, unread, stuckCounts, running };
};

describe('an instance that cannot be read after it was deleted', () => {
  it.each([
    ['its own stream', false],
    ['that of its dead letter', true],
  ])('is told of and tried again, and the others are erased: %s', async (_what, isLetter) => {
    const world = await retentionWorld();
    const log = damagedLog(world);
    const [broken, whole] = [await deleted(world), await deleted(world)];
    if (isLetter) await world.letter(letter.letterAt(1), letter.parked({ instanceId: broken }));
    log.damaged.add(isLetter ? `deadletter-${letter.letterAt(1)}` : `instance-${broken}`);
    const isErased = async (instanceId: string): Promise<boolean> =>
      (await world.typesOf(instanceId)).includes('InstanceErased');
    const eraser = erasing(world, log);
    await world.until(() => isErased(whole));
    await world.until(() => Promise.resolve(eraser.stuckCounts.at(-1) === 1));
    expect(eraser.unread).toEqual([`instance-${broken}`]);
    expect(await isErased(broken)).toBe(false);

    // Others go on. Where the process ended here, the next would come back to what is left.
    const later = await deleted(world);
    await world.until(() => isErased(later));
    expect(eraser.saved).toEqual([]);
    const metBefore = log.met.length;
    await eraser.clock.advance(60_000, turn);
    await world.until(() => Promise.resolve(log.met.length > metBefore));
    expect(eraser.unread).toHaveLength(1);

    log.damaged.clear();
    await world.until(async () => {
      await eraser.clock.advance(60_000, turn);
      return isErased(broken);
    });
    await world.until(() => Promise.resolve(eraser.stuckCounts.at(-1) === 0));
    await world.until(async () => isErased(await deleted(world)).then(() => eraser.saved.length > 0));
  });
});

describe('more than an eraser remembers', () => {
  it('is read from the log again once there is room, and nothing is left out', async () => {
    const world = await retentionWorld();
    const log = damagedLog(world);
    const broken = [await deleted(world), await deleted(world), await deleted(world)];
    for (const id of broken) log.damaged.add(`instance-${id}`);
    const eraser = erasing(world, log, {}, 2);
    await world.until(() => Promise.resolve(eraser.stuckCounts.at(-1) === 3));
    const whole = await deleted(world);
    const isErased = async (id: string) => (await world.typesOf(id)).includes('InstanceErased');
    await world.until(() => isErased(whole));
    expect(eraser.saved).toEqual([]);
    log.damaged.clear();
    await world.until(async () => {
      await eraser.clock.advance(60_000, turn);
      return (await Promise.all(broken.map(isErased))).every(Boolean);
    });
    await world.until(() => Promise.resolve(eraser.stuckCounts.at(-1) === 0));
    await world.until(async () => isErased(await deleted(world)).then(() => eraser.saved.length > 0));
  });
});

describe('an eraser that fails', () => {
  it('ends with what it tries again, and says of nothing that it is stuck', async () => {
    const world = await retentionWorld();
    const log = damagedLog(world);
    const broken = await deleted(world);
    log.damaged.add(`instance-${broken}`);
    const away = Promise.withResolvers<undefined>();
    const asked: string[] = [];
    const passedOn = (): Promise<undefined> => {
      asked.push('');
      return asked.length === 1 ? Promise.resolve(undefined) : away.promise;
    };
    const eraser = erasing(world, log, { passedOn });
    await world.until(() => Promise.resolve(eraser.stuckCounts.at(-1) === 1));
    const held = Promise.withResolvers<undefined>();
    log.holdUntil(held.promise);
    const metBefore = log.met.length;
    await eraser.clock.advance(60_000, turn);
    await world.until(() => Promise.resolve(log.met.length > metBefore));
    await deleted(world);
    await world.until(() => Promise.resolve(asked.length === 2));
    away.reject(new Error('away'));
    for (let turns = 0; turns < 5; turns += 1) await turn();
    held.resolve(undefined);
    await expect(eraser.running).rejects.toThrow('away');
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(eraser.stuckCounts.at(-1)).toBe(0);
  });
});

describe('a retention run', () => {
  it('keeps what a run or a letter that cannot be read is about, says so, and deletes the others', async () => {
    const world = await retentionWorld();
    const flowId = systemIds().next();
    const ofRun = await world.received('of a run', headersWith({ correlationId: correlationAt(1) }));
    const ofLetter = await world.received('of a letter', headersWith({ correlationId: correlationAt(2) }));
    const free = await world.received('free', headersWith({ correlationId: correlationAt(3) }));
    await world.saga(flowId, correlationAt(1));
    await world.letter(letter.letterAt(1), letter.parked({ instanceId: ofLetter }));
    const streams = [`saga-${flowId}`, `deadletter-${letter.letterAt(1)}`];
    const { unread, failed } = await world.runOnce({ unreadable: streams });
    expect(unread.toSorted()).toEqual(streams.toSorted());
    expect(failed).toEqual([]);
    expect((await world.typesOf(free)).at(-1)).toBe('InstanceDeleted');
    for (const kept of [ofRun, ofLetter]) expect(await world.typesOf(kept)).not.toContain('InstanceDeleted');
  });
});
