import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { liveness } from '../../src/domain/liveness.ts';
import { post, read } from '../support/http-calls.ts';
import { streamWorld } from '../support/stream-world.ts';
import { beatOf, successOf } from '../support/worker-answers.ts';
import { workerClient } from '../support/worker-clients.ts';

const WAIT = { timeout: 20_000, interval: 20 };
/** Two servers, one after the other. */
const LONG = { timeout: 60_000 };
const beat = z.strictObject({ service: z.string(), liveness });
const answered = z.strictObject({ results: z.array(z.looseObject({ outcome: z.string() })) });

describe('work over the stream', () => {
  it('ends runs, shows its worker as one that asks for work, and holds as a poll does', async () => {
    const world = await streamWorld();
    await world.register();
    await world.start(20);
    const client = await workerClient(world.port);
    client.hello('billing', 100, { steps: ['work'] });
    const tasks = await client.untilTasks(20);
    expect(new Set(tasks.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    const [polled] = tasks;
    if (polled === undefined) throw new Error('there is no task');
    // Answered over HTTP: it is one and the same claim.
    const elsewhere = read(
      await post(`${world.address}/api/v1/tasks/responses`, successOf(polled)),
      answered,
    );
    expect(elsewhere.results).toMatchObject([{ outcome: 'accepted' }]);
    client.send({ type: 'answers', id: 'all', answers: tasks.map(successOf) });
    const [frame] = await client.until('answered');
    expect(frame?.answers.map(({ outcome }) => outcome)).toEqual([
      'duplicate',
      ...Array.from({ length: 19 }, () => 'accepted'),
    ]);
    const before = Date.now();
    const sign = read(await post(`${world.address}/api/v1/workers/heartbeat`, { service: 'billing' }), beat);
    expect(Date.parse(sign.liveness.lastPollAt ?? '')).toBeGreaterThanOrEqual(before);
    for (const flowId of world.runs.keys()) await world.untilCompleted(flowId);
    expect(await world.stop()).toBe(0);
    expect(await client.closed).toMatchObject({ code: 1001 });
  });

  it('of a worker that is cut off goes to another one as the next attempt, and the first answer counts', async () => {
    const world = await streamWorld();
    await world.register();
    const [lost, next] = [await workerClient(world.port), await workerClient(world.port)];
    lost.hello('billing', 3);
    await world.start(3);
    const held = await lost.untilTasks(3);
    next.hello('billing', 10);
    await next.until('welcome');
    lost.socket.terminate();
    const again = await next.untilTasks(3);
    expect(again.map(({ flowId, attempt }) => [flowId, attempt]).toSorted()).toEqual(
      held.map(({ flowId }) => [flowId, 2]).toSorted(),
    );
    // What the lost one had done all the same: its attempt is over.
    next.send({ type: 'answers', id: 'late', answers: held.map(successOf) });
    next.send({ type: 'answers', id: 'now', answers: again.map(successOf) });
    const frames = await next.until('answered', 2);
    const outcomesOf = (of: string) =>
      frames.find(({ id }) => id === of)?.answers.map(({ outcome }) => outcome);
    expect(outcomesOf('now')).toEqual(['accepted', 'accepted', 'accepted']);
    expect(outcomesOf('late')).toEqual(['late', 'late', 'late']);
    for (const flowId of world.runs.keys()) await world.untilCompleted(flowId);
  });

  it('stays with a worker that comes back within 2 s and says what it holds', async () => {
    const world = await streamWorld();
    await world.register();
    const first = await workerClient(world.port);
    first.hello('billing', 3);
    await world.start(3);
    const held = await first.untilTasks(3);
    const second = await workerClient(world.port);
    second.hello('billing', 0);
    await second.until('welcome');
    const [kept, ...lapsing] = held;
    if (kept === undefined) throw new Error('there is no task');
    first.socket.terminate();
    second.send({ type: 'heartbeats', id: 'mine', beats: [beatOf(kept)] });
    second.send({ type: 'credit', credit: 10 });
    expect((await second.until('heard'))[0]?.beats).toMatchObject([{ outcome: 'extended' }]);
    const others = await second.untilTasks(2);
    expect(new Set(others.map(({ flowId }) => flowId))).toEqual(new Set(lapsing.map(({ flowId }) => flowId)));
    second.send({ type: 'answers', id: 'kept', answers: [successOf(kept)] });
    expect((await second.until('answered'))[0]?.answers).toMatchObject([{ outcome: 'accepted' }]);
    expect((await world.runOf(kept.flowId)).status).toBe('COMPLETED');
  });

  it('outlives a server that goes away: what was held is answered to the next one', LONG, async () => {
    const world = await streamWorld();
    await world.register();
    const client = await workerClient(world.port);
    client.hello('billing', 3);
    await world.start(3);
    const held = await client.untilTasks(3);
    const stopped = world.stop();
    await client.until('draining');
    expect(await client.closed).toEqual({ code: 1001, reason: 'draining' });
    expect(await stopped).toBe(0);
    const restarted = await streamWorld(world.dataDir);
    const back = await workerClient(restarted.port);
    back.hello('billing', 3);
    await back.until('welcome');
    back.send({ type: 'heartbeats', beats: held.map(beatOf) });
    expect((await back.until('heard'))[0]?.beats.map(({ outcome }) => outcome)).toEqual(
      held.map(() => 'extended'),
    );
    back.send({ type: 'answers', answers: held.map(successOf) });
    expect((await back.until('answered'))[0]?.answers.map(({ outcome }) => outcome)).toEqual(
      held.map(() => 'accepted'),
    );
    expect(back.tasks()).toEqual([]);
    for (const flowId of world.runs.keys()) await restarted.untilCompleted(flowId);
  });

  it('waits for a service that is not registered yet', async () => {
    const world = await streamWorld();
    const client = await workerClient(world.port);
    client.hello('billing', 3);
    await client.until('welcome');
    await world.register();
    await world.start(1);
    await client.untilTasks(1);
    client.send({ type: 'drain' });
    client.send({ type: 'answers', answers: client.tasks().map(successOf) });
    await client.until('drained');
    await vi.waitFor(async () => {
      const [flowId = ''] = world.runs.keys();
      expect((await world.runOf(flowId)).status).toBe('COMPLETED');
    }, WAIT);
  });
});
