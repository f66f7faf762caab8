// What answers in Skald's place may say anything: a worker and a client tell of it, go on, and take their time.
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import { SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import { connection } from '../../sdk/src/worker/stream/socket.ts';
import { gate } from '../support/sdk-world.ts';
import { startWorker, streamServer, task, welcome } from '../support/stream-server.ts';

const tasks = (...given: readonly unknown[]) => JSON.stringify({ type: 'tasks', tasks: given });
const withoutResults = { ...task('work'), results: undefined };
const leaseOf = (leaseMs: unknown) => JSON.stringify({ ...welcome, leaseMs });

describe('a streaming worker that is sent', () => {
  it.each([
    ...['<html>', '{"type":', '', 'null', '[]', '{}', '{"type":7}', tasks(null), tasks('work'), tasks({})],
    ...[
      tasks(withoutResults),
      tasks({ ...task('work'), attempt: 'x' }),
      tasks({ ...task('work'), action: 'x' }),
    ],
    ...['{"type":"tasks"}', '{"type":"tasks","tasks":{}}', '{"type":"welcome"}', leaseOf(0), leaseOf('x')],
    ...['{"type":"answered","id":"1"}', '{"type":"heard","id":"1","beats":[null]}', '{"type":"error"}'],
    '{"type":"answered","id":"1","answers":[{"outcome":5}]}',
  ])('%j tells so, and comes back', async (nonsense) => {
    const server = await streamServer();
    const { troubles } = await startWorker(server.url, {});
    const first = await server.line();
    await first.next('hello');
    first.socket.send(nonsense);
    await (await server.line()).next('hello');
    expect(troubles).toEqual([expect.any(SkaldUnreachable)]);
    expect(String(troubles[0])).toContain('no frame of skald.worker.v1');
  });

  it('a frame of a later version passes it over', async () => {
    const server = await streamServer();
    const { troubles } = await startWorker(server.url, {});
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'weather', tasks: 'fine' });
    line.send({ type: 'tasks', tasks: [task('work')] });
    await line.next('answers');
    expect(troubles).toEqual([]);
  });

  it('more tasks than it has room for leaves those be', async () => {
    const server = await streamServer();
    const hold = gate();
    let begun = 0;
    const work = { do: () => ((begun += 1), hold.opened) };
    const { troubles } = await startWorker(server.url, { concurrency: 2, steps: { work } });
    const line = await server.line();
    line.send(welcome);
    line.send({ type: 'tasks', tasks: [1, 2, 3, 4, 5].map((attempt) => task('work', attempt)) });
    await vi.waitFor(() => expect(troubles).toHaveLength(1));
    expect([begun, String(troubles[0])]).toEqual([2, expect.stringContaining('3 tasks more than')]);
    hold.open();
    expect((await line.next('answers'))['answers']).toHaveLength(2);
  });
});

/** Says the same to everybody; what it heard last is there to wait for. */
const lineServer = async (say: (line: Socket) => void) => {
  const lines = new Set<Socket>();
  const server = createServer((line) => {
    lines.add(line);
    line.on('error', () => undefined);
    line.once('data', () => say(line));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const line of lines) line.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines };
};

const handshake = (url: string, connectMs = 10_000) => {
  const ignored = { onOpen: () => undefined, onFrame: () => undefined };
  return connection(new URL(url), undefined, {
    ...ignored,
    signal: new AbortController().signal,
    connectMs,
  });
};
const PAGE = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>';

describe('a handshake', () => {
  it.each([
    ['a page', PAGE],
    ['another address', 'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'],
    ['nonsense', 'what?\r\n\r\n'],
    [
      'another key',
      'HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n',
    ],
  ])('that is answered with %s is tried again', async (_what, answer) => {
    const { url } = await lineServer((line) => line.write(answer));
    expect(await handshake(url)).toMatchObject({ kind: 'unreachable' });
  });

  it('that is not answered is tried again', async () => {
    const { url } = await lineServer(() => undefined);
    expect(await handshake(url, 50)).toMatchObject({ kind: 'unreachable' });
  });

  const REFUSED = 'HTTP/1.1 503 No\r\ncontent-length: 100\r\n\r\n{"code":';

  it('whose refusal is cut, or never ends, is refused all the same', async () => {
    const cut = await lineServer((line) => line.write(REFUSED, () => line.destroy()));
    expect(await handshake(cut.url)).toMatchObject({ kind: 'refused', error: { status: 503 } });
    const endless = await lineServer((line) => line.write(REFUSED));
    expect(await handshake(endless.url, 1000)).toMatchObject({ kind: 'refused', error: { status: 503 } });
  });

  it('whose refusal is without measure is not listened to for long', async () => {
    const { url, lines } = await lineServer((line) => {
      line.write('HTTP/1.1 503 No\r\n\r\n');
      const more = (): void => void line.write('x'.repeat(65_536), (error) => error ?? more());
      more();
    });
    expect(await handshake(url)).toMatchObject({ kind: 'refused', error: { status: 503 } });
    const [line] = lines;
    await vi.waitFor(() => expect(line?.destroyed).toBe(true));
  });
});

describe('a worker whose server keeps quiet', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('does not wait for its welcome for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = await streamServer();
    const { troubles } = await startWorker(server.url, {});
    await (await server.line()).next('hello');
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(() => expect(String(troubles[0])).toContain('no welcome'));
  });

  it('sends an answer again that nobody says anything about', async () => {
    const server = await streamServer();
    await startWorker(server.url, {});
    const line = await server.line();
    line.send(welcome);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    line.send({ type: 'tasks', tasks: [task('work')] });
    const { id, answers } = await line.next('answers');
    vi.advanceTimersByTime(30_000);
    vi.useRealTimers();
    const again = await line.next('answers');
    expect(again['answers']).toEqual(answers);
    expect(again['id']).not.toBe(id);
  });
});

const MiB = 1024 * 1024;

describe('a client', () => {
  const asking = (answer: () => Response) =>
    client({ url: 'http://127.0.0.1:1', fetch: () => Promise.resolve(answer()), retry: { attempts: 1 } });

  it.each(['null', '7', '"text"', '[]'])('takes %s for the answer of somebody else', async (text) => {
    const { runs } = asking(() => new Response(text));
    await expect(runs.list()).rejects.toThrow(SkaldUnreachable);
  });

  it('reads no answer without measure', async () => {
    let pieces = 0;
    const piece = new Uint8Array(8 * MiB);
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (body) => {
          pieces += 1;
          body.enqueue(piece);
        },
      });
    await expect(asking(() => new Response(endless())).runs.list()).rejects.toThrow('more than 128 MiB');
    expect(pieces).toBeLessThan(20);
    const onCut = (error: unknown): void => {
      throw error;
    };
    const feed = asking(() => new Response(endless())).feed.events({}, { onCut });
    await expect(feed.next()).rejects.toThrow('more than 128 MiB');
    expect(pieces).toBeLessThan(40);
  });
});
