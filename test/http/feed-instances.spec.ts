import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { ServerFrame } from '../../src/infra/feed/frames.ts';
import { socketClient, streamClient } from '../support/feed-clients.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { post } from '../support/http-calls.ts';
import { headersWith, objectWith } from '../support/instance-world.ts';
import { startSkald } from '../support/skald-server.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const made = z.looseObject({ id: z.string() });

const serving = async () => {
  const { address } = await startSkald(freshDirectory());
  const base = `${address}/api/v1/instances`;
  const deliver = async (): Promise<string> => {
    const { text } = await post(base, { headers: headersWith(), value: objectWith('a secret title') });
    return made.parse(JSON.parse(text)).id;
  };
  return { base, deliver, port: Number(new URL(address).port) };
};

const shownIn = (frames: readonly ServerFrame[], type: 'snapshotDocument' | 'changed') =>
  frames.flatMap((frame) => (frame.type === type ? [[frame.documentId, frame.body?.['storageStatus']]] : []));

describe('a feed of instances', () => {
  it('shows those there are, what becomes of them, and nothing of their values', async () => {
    const { base, port, deliver } = await serving();
    const stream = await streamClient(port, '?collection=instances');
    await stream.next('snapshotEnd');
    const id = await deliver();
    await vi.waitFor(() => expect(shownIn(stream.frames, 'changed')).toContainEqual([id, 'STORED']), WAIT);
    const socket = await socketClient(port);
    const where = [{ field: 'storageStatus', op: 'eq', value: 'STORED' }];
    socket.send({ type: 'subscribe', id: 'a', documents: { collection: 'instances', where } });
    await vi.waitFor(
      () => expect(shownIn(socket.frames, 'snapshotDocument')).toEqual([[id, 'STORED']]),
      WAIT,
    );
    const gone = await fetch(`${base}/${id}`, {
      ...{ method: 'DELETE', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ reason: 'asked for' }),
    });
    expect(gone.status).toBe(200);
    await vi.waitFor(() => expect(shownIn(socket.frames, 'changed')).toContainEqual([id, undefined]), WAIT);
    const deleted = [id, 'STORED_AND_DELETED'];
    await vi.waitFor(() => expect(shownIn(stream.frames, 'changed')).toContainEqual(deleted), WAIT);
    expect(JSON.stringify([socket.frames, stream.frames])).not.toContain('secret');
  });

  it('follows the events of instances, sealed as they are', async () => {
    const { port, deliver } = await serving();
    const socket = await socketClient(port);
    socket.send({ type: 'subscribe', id: 'a', events: { category: 'instance' }, from: 'start' });
    const id = await deliver();
    const types = () => socket.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.type] : []));
    await vi.waitFor(() => expect(types()).toEqual(['InstanceReceived', 'InstanceRegistered']), WAIT);
    expect(JSON.stringify(socket.frames)).toContain(`instance-${id}`);
    expect(JSON.stringify(socket.frames)).not.toContain('secret');
  });
});
