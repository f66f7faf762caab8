import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { ServerFrame } from '../../src/infra/feed/frames.ts';
import { socketClient, streamClient } from '../support/feed-clients.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const started = z.looseObject({ flowId: z.string(), position: z.string() });
const problem = z.looseObject({ code: z.string() });
const statusIs = (value: string) => ({ field: 'status', op: 'eq', value });

/** The program with one orchestration of one step, and its worker. */
const serving = async () => {
  const { address } = await startSkald(freshDirectory());
  const steps = [{ name: 'create', seq: 1, objectType: 'Tenant' }];
  for (const as of ['initiator', 'worker'])
    read(
      await post(
        `${address}/api/orchestration/register`,
        { orchName: 'tenant', as, steps },
        { 'x-service-name': 'crm' },
      ),
      z.object({}),
    );
  return {
    address,
    port: Number(new URL(address).port),
    start: async () => read(await post(`${address}/api/orchestration/execute/tenant`, {}), started),
    /** Until lists show it; right after the start there are none. */
    shown: (position: string) =>
      expect
        .poll(async () => (await call(`${address}/api/v1/sagas?minPosition=${position}`)).status, WAIT)
        .toBe(200),
    finish: async (flowId: string): Promise<void> => {
      read(await post(`${address}/api/v1/tasks/poll`, { service: 'crm', waitMs: 5000 }), z.object({}));
      const answer = {
        ...{ flowId, orchName: 'tenant', stepName: 'create', action: 'DO', payload: '' },
        metadata: { status: 'SUCCESS' },
      };
      read(await post(`${address}/api/v1/tasks/responses`, answer), z.object({}));
    },
  };
};

type Shown = Map<string, unknown>;

/** What a client has after these frames, when it goes by docs/feeds.md. */
const seenBy = (frames: readonly ServerFrame[], id?: string) => {
  const views: { shown: Shown; next: Shown } = { shown: new Map(), next: new Map() };
  for (const frame of frames) if (!('id' in frame) || frame.id === id) take(views, frame);
  return Object.fromEntries(views.shown);
};

const take = (views: { shown: Shown; next: Shown }, frame: ServerFrame): void => {
  if (frame.type === 'snapshotDocument') views.next.set(frame.documentId, frame.body['status']);
  if (frame.type === 'snapshotEnd') {
    views.shown = views.next;
    views.next = new Map();
  }
  if (frame.type !== 'changed') return;
  for (const view of [views.shown, views.next]) view.delete(frame.documentId);
  if (frame.body !== null) views.shown.set(frame.documentId, frame.body['status']);
};

const ofType = (frames: readonly ServerFrame[], type: string, id?: string) =>
  frames.filter((frame) => frame.type === type && (id === undefined || ('id' in frame && frame.id === id)));

describe('a feed of runs', () => {
  it('shows those there are, then how they enter and leave, over both transports', async () => {
    const { port, start, shown, finish } = await serving();
    const first = await start();
    await shown(first.position);
    const socket = await socketClient(port);
    for (const [id, status] of [
      ['open', 'IN_PROGRESS'],
      ['done', 'COMPLETED'],
    ] as const)
      socket.send({ type: 'subscribe', id, documents: { collection: 'sagas', where: [statusIs(status)] } });
    const where = encodeURIComponent(JSON.stringify([statusIs('IN_PROGRESS')]));
    const stream = await streamClient(port, `?collection=sagas&where=${where}`);
    await stream.next('snapshotEnd');
    await vi.waitFor(() => expect(ofType(socket.frames, 'snapshotEnd')).toHaveLength(2), WAIT);
    const open = { [first.flowId]: 'IN_PROGRESS' };
    expect([seenBy(socket.frames, 'open'), seenBy(socket.frames, 'done'), seenBy(stream.frames)]).toEqual([
      open,
      {},
      open,
    ]);

    const second = await start();
    const both = { ...open, [second.flowId]: 'IN_PROGRESS' };
    await vi.waitFor(() => expect(seenBy(socket.frames, 'open')).toEqual(both), WAIT);
    await vi.waitFor(() => expect(seenBy(stream.frames)).toEqual(both), WAIT);

    await finish(first.flowId);
    const left = { [second.flowId]: 'IN_PROGRESS' };
    await vi.waitFor(() => expect(seenBy(socket.frames, 'open')).toEqual(left), WAIT);
    await vi.waitFor(() => expect(seenBy(stream.frames)).toEqual(left), WAIT);
    const done = { [first.flowId]: 'COMPLETED' };
    await vi.waitFor(() => expect(seenBy(socket.frames, 'done')).toEqual(done), WAIT);
    expect(ofType(stream.frames, 'snapshotEnd')).toHaveLength(1);
  });

  it('sends no more than the client gave credit for, and goes on with more', async () => {
    const { port, start, shown } = await serving();
    const runs = [];
    for (let run = 0; run < 5; run += 1) runs.push(await start());
    await shown(runs.at(-1)?.position ?? '');
    const { frames, send } = await socketClient(port);
    send({ type: 'subscribe', id: 'a', documents: { collection: 'sagas' }, credit: 3 });
    await vi.waitFor(() => expect(ofType(frames, 'snapshotDocument')).toHaveLength(3), WAIT);
    // What follows on the same connection arrives after everything that was sent without credit.
    send({ type: 'subscribe', id: 'b', documents: { collection: 'sagas' } });
    await vi.waitFor(() => expect(ofType(frames, 'snapshotEnd', 'b')).toHaveLength(1), WAIT);
    expect(ofType(frames, 'snapshotDocument', 'a')).toHaveLength(3);
    expect(ofType(frames, 'snapshotEnd', 'a')).toEqual([]);
    send({ type: 'credit', id: 'a', events: 2 });
    await vi.waitFor(() => expect(ofType(frames, 'snapshotEnd', 'a')).toHaveLength(1), WAIT);
    expect(Object.keys(seenBy(frames, 'a')).sort()).toEqual(runs.map(({ flowId }) => flowId).sort());
  });

  it('is refused where there is no such collection or field', async () => {
    const { port, address } = await serving();
    const { send, next } = await socketClient(port);
    send({ type: 'subscribe', id: 'a', documents: { collection: 'nope' } });
    expect(await next('error')).toMatchObject({ id: 'a', code: 'unknown_collection' });
    const where = encodeURIComponent(JSON.stringify([{ field: 'secret', op: 'eq', value: 'x' }]));
    const refused = await call(`${address}/api/v1/feed/sse?collection=sagas&where=${where}`);
    expect(refused.status).toBe(400);
    expect(problem.parse(JSON.parse(refused.text)).code).toBe('invalid_condition');
  });
});
