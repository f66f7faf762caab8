// The ends and the limits of a worker's connection.
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connection } from '../../sdk/src/worker/stream/socket.ts';
import { gate } from '../support/sdk-world.ts';
import { accepted, startWorker, streamServer, task, welcome } from '../support/stream-server.ts';

const UNAUTHENTICATED = [4401, 'unauthenticated'] as const;

describe('a streaming worker', () => {
  it('comes back with another token as often as it was welcome before', async () => {
    const server = await streamServer();
    await startWorker(server.url, { tokenProvider: () => 'another' });
    for (let times = 0; times < 6; times += 1) {
      const line = await server.line();
      await line.next('hello');
      line.send(welcome);
      line.socket.close(...UNAUTHENTICATED);
    }
    await (await server.line()).next('hello');
  });

  it('ends where its fourth token in a row is refused too', async () => {
    const server = await streamServer();
    const { running, troubles } = await startWorker(server.url, { tokenProvider: () => 'refused' });
    for (let times = 0; times < 4; times += 1) (await server.line()).socket.close(...UNAUTHENTICATED);
    await expect(running.ended).rejects.toMatchObject({ status: 401 });
    // Those it tried again after, and the end.
    expect(troubles).toHaveLength(4);
  });

  it('is told of what one frame of it was refused for, and goes on', async () => {
    const server = await streamServer();
    const { troubles } = await startWorker(server.url, {});
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'error', code: 'invalid_input', detail: 'what was that?' });
    line.send({ type: 'tasks', tasks: [task('work')] });
    expect(await line.next('answers')).toMatchObject({ answers: [{ stepName: 'work' }] });
    expect(troubles).toEqual([expect.objectContaining({ code: 'invalid_input' })]);
  });

  it('says that it takes no more also where it holds nothing', async () => {
    const server = await streamServer();
    const { running } = await startWorker(server.url, { concurrency: 1 });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work')] });
    const { id } = await line.next('answers');
    line.send({ type: 'answered', id, answers: [accepted] });
    await line.next('credit');
    const stopping = running.stop();
    await line.next('drain');
    line.send({ type: 'drained' });
    await stopping;
  });

  it('takes no more over a new connection either, while it finishes what it holds', async () => {
    const server = await streamServer();
    const hold = gate();
    const { running } = await startWorker(server.url, { steps: { work: { do: () => hold.opened } } });
    const first = await server.line();
    first.send(welcome);
    first.send({ type: 'tasks', tasks: [task('work')] });
    await first.next('hello');
    const stopping = running.stop();
    await first.next('drain');
    first.socket.terminate();
    const second = await server.line();
    expect(await second.next('hello')).toMatchObject({ credit: 0 });
    second.send(welcome);
    await second.next('drain');
    hold.open();
    const { id } = await second.next('answers');
    second.send({ type: 'answered', id, answers: [accepted] });
    second.send({ type: 'drained' });
    await stopping;
  });
});

describe('a connection', () => {
  const SILENCE_MS = 60_000;
  const connect = (url: string) => {
    const ignored = { onOpen: () => undefined, onFrame: () => undefined };
    return connection(new URL(url), undefined, { ...ignored, signal: new AbortController().signal });
  };

  afterEach(() => {
    vi.useRealTimers();
  });

  it('that is pinged lives on, and is cut when it has been silent for two pings', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await streamServer();
    const ended = connect(server.url);
    const { socket } = await server.line();
    for (let times = 0; times < 3; times += 1) {
      vi.advanceTimersByTime(SILENCE_MS - 1);
      socket.ping();
      await once(socket, 'pong');
    }
    const closed = once(socket, 'close');
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(socket.readyState).toBe(socket.OPEN);
    vi.advanceTimersByTime(1);
    expect(await ended).toMatchObject({ kind: 'closed', code: 1006 });
    await closed;
  });

  it('that is refused says when to come back', async () => {
    const server = await streamServer();
    server.refuse(503, 'Retry-After: 2');
    expect(await connect(server.url)).toMatchObject({
      kind: 'refused',
      error: { status: 503, retryAfterMs: 2000 },
    });
  });
});
