// A session that runs and stands still says why.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { forItsTurn, tellWait } from '../../../src/commands/replay/waits.ts';
import { replayWorld } from '../../support/replay-world.ts';

type World = ReturnType<typeof replayWorld>;
const only = { filter: { types: ['StepSucceeded'] } };

/** What became of the session, as its stream tells it. */
const told = async ({ store }: World, sessionId: string): Promise<readonly string[]> => {
  const { events } = await store.readStream(`replay-${sessionId}`, {
    ...{ from: 0, direction: 'forwards', max: 100 },
  });
  return events.map(({ type }) => type);
};

it('says by a code what keeps it, once for as long as that lasts', async () => {
  const world = replayWorld();
  await world.write('saga-1', 'StepSucceeded');
  const sessionId = await world.started(only);
  world.target.answer = () => {
    throw Object.assign(new Error('no space left on /srv/secret'), { code: 'ENOSPC' });
  };
  for (let tries = 0; tries < 3; tries += 1) await expect(world.run(sessionId)).rejects.toThrow('no space');
  const view = await world.view(sessionId);
  expect(view).toMatchObject({
    status: 'RUNNING',
    waiting: { reason: 'trouble', code: 'ENOSPC', until: null },
  });
  expect(view.waiting?.since).toBe(view.updatedAt);
  expect((await told(world, sessionId)).filter((type) => type === 'ReplayWaiting')).toHaveLength(1);
  delete world.target.answer;
  await world.run(sessionId);
  expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', replayed: 1, waiting: null });
});

it('says nothing of what failed after it was told to stop', async () => {
  const world = replayWorld();
  await world.write('saga-1', 'StepSucceeded');
  const sessionId = await world.started(only);
  const stop = new AbortController();
  world.target.answer = () => {
    stop.abort();
    throw new Error('the connection was closed');
  };
  await expect(world.run(sessionId, stop.signal)).rejects.toThrow('closed');
  expect(await told(world, sessionId)).not.toContain('ReplayWaiting');
});

it('says what its target tells it, while that tries again by itself', async () => {
  const { target } = replayWorld();
  const world = replayWorld({
    targets: {
      open: ({ onTrouble }) => {
        onTrouble(Object.assign(new Error('no broker'), { name: 'NotPublished' }));
        return Promise.resolve(target);
      },
    },
  });
  await world.write('saga-1', 'StepSucceeded');
  const sessionId = await world.started(only);
  await world.run(sessionId);
  expect(await told(world, sessionId)).toContain('ReplayWaiting');
  expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', waiting: null });
});

it('goes on where it cannot be written what it waits for', async () => {
  const world = replayWorld();
  const execute: World['replays']['execute'] = (stream, command, metadata) =>
    'type' in command && command.type === 'RecordWait'
      ? Promise.reject(new Error('the log is away'))
      : world.replays.execute(stream, command, metadata);
  const { target } = world;
  const other = replayWorld({
    ...{ store: world.store, clock: world.clock, replays: { ...world.replays, execute } },
    targets: {
      open: ({ onTrouble }) => {
        onTrouble('odd');
        return Promise.resolve(target);
      },
    },
  });
  await world.write('saga-1', 'StepSucceeded');
  const sessionId = await world.started(only);
  await other.run(sessionId);
  expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', replayed: 1 });
});

it('says until when a long gap lasts, and nothing of short ones', async () => {
  const world = replayWorld();
  for (const gap of [0, 30_000, 3_600_000]) {
    await world.clock.advance(gap, turn);
    await world.write('saga-1', 'StepSucceeded');
  }
  const sessionId = await world.started({ speed: 1, ...only });
  const running = world.run(sessionId);
  const waits = async () => (await world.view(sessionId)).waiting;
  for (let step = 0; step < 50 && (await waits()) === null; step += 1) {
    await turn();
    await world.clock.advance(1000, turn);
  }
  const waiting = await waits();
  const left = Date.parse(waiting?.until ?? '') - world.clock.now();
  expect(waiting).toMatchObject({ reason: 'gap', code: null });
  expect(Math.abs(left - 3_600_000)).toBeLessThan(60_000);
  await world.clock.advance(3_700_000, turn);
  await running;
  expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', replayed: 3, waiting: null });
  expect((await told(world, sessionId)).filter((type) => type === 'ReplayWaiting')).toHaveLength(1);
});

it('says of a session that waited for its turn that it is worked on, before anything else of it is done', async () => {
  const { target } = replayWorld();
  const waits: unknown[] = [];
  const open = async () => {
    waits.push((await world.view(sessionId)).waiting);
    return target;
  };
  const world = replayWorld({ targets: { open } });
  for (const stream of ['saga-1', 'saga-2']) await world.write(stream, 'StepSucceeded');
  const sessionId = await world.started({ speed: null, ...only });
  const stop = new AbortController();
  target.answer = () => {
    stop.abort();
    return undefined;
  };
  for (const signal of [stop.signal, new AbortController().signal]) {
    // Each time it says so is another one.
    await world.clock.advance(1, turn);
    await tellWait(world, sessionId, forItsTurn);
    expect(await world.view(sessionId)).toMatchObject({ waiting: { reason: 'turn' } });
    await world.run(sessionId, signal);
  }
  expect(waits).toEqual([null, null]);
  expect(await world.view(sessionId)).toMatchObject({ status: 'COMPLETED', replayed: 2 });
});
