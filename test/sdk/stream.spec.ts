// The worker's side of skald.worker.v1, frame by frame, against a server that does what each test says.
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { LeaseLost, WorkerStopped } from '../../sdk/src/worker/failure.ts';
import { connection } from '../../sdk/src/worker/stream/socket.ts';
import { gate } from '../support/sdk-world.ts';
import { accepted, startWorker as start, streamServer, task, welcome } from '../support/stream-server.ts';
import type { Line } from '../support/stream-server.ts';

describe('a streaming worker', () => {
  it('grants as many tasks as it has room for, and again what it has answered', async () => {
    const server = await streamServer();
    await start(server.url, { concurrency: 2 });
    const line = await server.line();
    expect(await line.next('hello')).toEqual({ type: 'hello', service: 's', steps: ['work'], credit: 2 });
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work', 1), task('work', 2)] });
    const { id, answers } = await line.next('answers');
    expect(answers).toMatchObject([
      { attempt: 1, metadata: { status: 'SUCCESS' }, payload: 'ImRvbmUi' },
      { attempt: 2 },
    ]);
    line.send({ type: 'answered', id, answers: [accepted, accepted] });
    expect(await line.next('credit')).toEqual({ type: 'credit', credit: 2 });
  });

  it('grants when it is as much as the server may still send, with the answers where there are any', async () => {
    const server = await streamServer();
    await start(server.url, { concurrency: 4 });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work', 1)] });
    const first = await line.next('answers');
    line.send({ type: 'answered', id: first['id'], answers: [accepted] });
    line.send({ type: 'tasks', tasks: [task('work', 2)] });
    const second = await line.any();
    expect(second).toMatchObject({ type: 'answers', answers: [{ attempt: 2 }] });
    line.send({ type: 'answered', id: second['id'], answers: [accepted] });
    expect(await line.any()).toEqual({ type: 'credit', credit: 2 });
  });

  it('grants what is free as soon as the server may send no more than that', async () => {
    const server = await streamServer();
    const hold = gate();
    const steps = { work: { do: () => 'done' }, wait: { do: () => hold.opened } };
    await start(server.url, { concurrency: 5, steps });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work')] });
    const { id } = await line.next('answers');
    line.send({ type: 'answered', id, answers: [accepted] });
    line.send({ type: 'tasks', tasks: [1, 2, 3, 4].map((attempt) => task('wait', attempt)) });
    expect(await line.any()).toEqual({ type: 'credit', credit: 1 });
    hold.open();
  });

  it('comes back after a cut: beats for what it holds, grants the rest, sends again what was not heard', async () => {
    const server = await streamServer();
    const hold = gate();
    const steps = { work: { do: () => 'done' }, wait: { do: () => hold.opened } };
    const { troubles } = await start(server.url, { concurrency: 5, steps });
    const first = await server.line();
    first.send(welcome);
    first.send({ type: 'tasks', tasks: [task('work'), task('wait')] });
    const unheard = await first.next('answers');
    first.socket.terminate();
    const second = await server.line();
    expect(await second.next('hello')).toMatchObject({ credit: 3 });
    second.send(welcome);
    expect(await second.next('heartbeats')).toMatchObject({
      beats: [{ stepName: 'work' }, { stepName: 'wait' }],
    });
    const again = await second.next('answers');
    expect(again['answers']).toEqual(unheard['answers']);
    second.send({ type: 'answered', id: again['id'], answers: [accepted] });
    second.send({ type: 'tasks', tasks: [task('wait', 2), task('wait', 3)] });
    expect(await second.next('credit')).toEqual({ type: 'credit', credit: 1 });
    expect(troubles).toHaveLength(1);
    hold.open();
    expect(await second.next('answers')).toMatchObject({
      answers: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }],
    });
  });

  it('stops working on what it does not hold any more', async () => {
    const server = await streamServer();
    const told = gate();
    let reason: unknown;
    const wait = (_input: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          resolve();
          told.open();
        });
      });
    await start(server.url, { steps: { work: { do: wait } }, heartbeatMs: 10 });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work')] });
    const { id } = await line.next('heartbeats');
    line.send({ type: 'heard', id, beats: [{ flowId: 'f-1', stepName: 'work', outcome: 'lost' }] });
    await told.opened;
    expect(reason).toBeInstanceOf(LeaseLost);
    // It was done all the same: the attempt's number decides whether that counts.
    expect(await line.next('answers')).toMatchObject({ answers: [{ metadata: { status: 'SUCCESS' } }] });
  });

  it('gives up a lease that it could not extend in time', async () => {
    const server = await streamServer();
    const told = gate();
    const wait = (_input: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
          told.open();
        });
      });
    await start(server.url, { steps: { work: { do: wait } }, heartbeatMs: 10 });
    const line = await server.line();
    line.send({ ...welcome, leaseMs: 50 });
    line.send({ type: 'tasks', tasks: [task('work')] });
    await told.opened;
  });

  it('shows its token, and a new one when it is asked to', async () => {
    const server = await streamServer();
    let made = 0;
    await start(server.url, { tokenProvider: () => `t${(made += 1)}` });
    const line = await server.line();
    expect(line.authorization).toBe('Bearer t2');
    line.send(welcome);
    line.send({ type: 'reauth' });
    expect(await line.next('auth')).toEqual({ type: 'auth', token: 't3' });
    line.socket.close(4401, 'unauthenticated');
    expect((await server.line()).authorization).toBe('Bearer t4');
  });

  it('drains: takes no more, says so, and closes once nothing is held', async () => {
    const server = await streamServer();
    const hold = gate();
    const { running } = await start(server.url, { steps: { work: { do: () => hold.opened } } });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work')] });
    await line.next('hello');
    const stopping = running.stop();
    await line.next('drain');
    hold.open();
    const { id } = await line.next('answers');
    line.send({ type: 'answered', id, answers: [accepted] });
    line.send({ type: 'drained' });
    const [code] = (await once(line.socket, 'close')) as [number];
    expect(code).toBe(1000);
    await stopping;
    await running.ended;
  });

  it.each([
    ['a handshake is refused for good', (line: Line) => line.socket.terminate(), 403],
    ['the connection is closed for good', (line: Line) => line.socket.close(4403, 'forbidden'), undefined],
  ])('ends when %s', async (_what, end, status) => {
    const server = await streamServer();
    const { running } = await start(server.url, {});
    const line = await server.line();
    line.send(welcome);
    await line.next('hello');
    if (status !== undefined) server.refuse(status);
    end(line);
    await expect(running.ended).rejects.toMatchObject({ code: 'forbidden', status: 403 });
  });

  it('ends where it is not welcome, and hangs up', async () => {
    const server = await streamServer();
    const { running } = await start(server.url, {});
    const line = await server.line();
    await line.next('hello');
    const closed = once(line.socket, 'close');
    line.send({ type: 'error', code: 'invalid_input', detail: 'no such name' });
    await expect(running.ended).rejects.toThrow('no such name');
    await closed;
  });

  it('stops sooner when it is told so while it is stopping, and never later', async () => {
    const server = await streamServer();
    let reason: unknown;
    const work = async (_input: unknown, { signal }: { readonly signal: AbortSignal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reason = signal.reason;
    };
    const { running } = await start(server.url, { steps: { work: { do: work } } });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work')] });
    await line.next('hello');
    const stopping = running.stop();
    await line.next('drain');
    await Promise.all([running.stop({ timeoutMs: 0 }), running.stop(), stopping]);
    expect(reason).toBeInstanceOf(WorkerStopped);
    await running.ended;
  });

  it('does not wait for a token for ever, and not at all once it is stopped', async () => {
    const server = await streamServer();
    const never = new Promise<string>(() => undefined);
    const { signal } = new AbortController();
    const ignored = { onOpen: () => undefined, onFrame: () => undefined };
    expect(
      await connection(new URL(server.url), () => never, { ...ignored, signal, connectMs: 20 }),
    ).toMatchObject({ kind: 'unreachable', error: { cause: { message: 'no token came in time' } } });
    const wanted = gate();
    let times = 0;
    const tokenProvider = () => {
      times += 1;
      if (times === 1) return 'for the registration';
      wanted.open();
      return never;
    };
    const { running } = await start(server.url, { tokenProvider });
    await wanted.opened;
    await running.stop();
    await running.ended;
  });

  it('hangs up when it is stopped before it is welcome', async () => {
    const server = await streamServer();
    const { running } = await start(server.url, {});
    const line = await server.line();
    await line.next('hello');
    const closed = once(line.socket, 'close');
    await running.stop();
    await closed;
  });

  it('passes over frames that it does not know', async () => {
    const server = await streamServer();
    await start(server.url, {});
    const line = await server.line();
    line.send({ type: 'news', of: 'a later version' });
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [task('work')] });
    expect(await line.next('answers')).toMatchObject({ answers: [{ stepName: 'work' }] });
  });
});
