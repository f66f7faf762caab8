import { describe, expect, it } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import type { FedDocuments } from '../../sdk/src/feed/feeds.ts';
import { FeedEnded } from '../../sdk/src/feed/follow.ts';
import { SkaldProblem } from '../../sdk/src/http/problem.ts';
import { each } from '../../sdk/src/pages.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const SLOW = { timeout: 60_000 };
const reconnect = { leastMs: 5, mostMs: 50 };

const feedWorld = async () => {
  const server = await startSkald(freshDirectory());
  const direct = client({ url: server.address });
  const proxy = await tcpProxy('127.0.0.1', Number(new URL(server.address).port));
  const register = (orchName: string) =>
    direct.orchestrations.register({
      body: { orchName, as: 'initiator', steps: [{ name: 'only', seq: 1, objectType: 'thing' }] },
    });
  await register('tenant');
  return {
    ...{ server, direct, proxy, register },
    skald: client({ url: `http://127.0.0.1:${proxy.port}` }),
    start: async () => (await direct.runs.start({ orchName: 'tenant' })).flowId,
  };
};

describe('a feed of events', () => {
  it('has every event once and in order, however often it is cut', SLOW, async () => {
    const { direct, skald, proxy, start, server } = await feedWorld();
    const cuts: unknown[] = [];
    const found: string[] = [];
    for (let count = 0; count < 5; count += 1) await start();
    const feed = skald.feed.events(
      { category: 'saga', type: 'SagaStarted', from: 'start' },
      { reconnect, onCut: (error) => void cuts.push(error) },
    );
    for await (const { event } of feed) {
      found.push(event.stream);
      if (found.length === 25) break;
      if (found.length < 5) continue;
      await proxy.down();
      await start();
      await proxy.up();
    }
    expect(cuts.length).toBeGreaterThan(15);
    const logged: string[] = [];
    let from: string | undefined;
    do {
      const page = await direct.events.list({ category: 'saga', type: 'SagaStarted', from });
      logged.push(...page.items.map(({ stream }) => stream));
      from = page.nextCursor;
    } while (from !== undefined);
    expect(found).toEqual(logged);
    expect(new Set(found).size).toBe(25);
    expect(await server.stop()).toBe(0);
  });

  it('says when it has caught up, and continues from a cursor', SLOW, async () => {
    const { skald, start } = await feedWorld();
    const streams = [`saga-${await start()}`, `saga-${await start()}`];
    const stop = new AbortController();
    const cursors: string[] = [];
    const selection = { category: 'saga', type: 'SagaStarted' };
    const options = { signal: stop.signal, onCaughtUp: () => stop.abort() };
    for await (const { cursor } of skald.feed.events({ ...selection, from: 'start' }, options)) {
      cursors.push(cursor);
    }
    expect(cursors).toHaveLength(2);
    for await (const { event } of skald.feed.events({ ...selection, from: cursors[0] })) {
      expect(event.stream).toBe(streams[1]);
      break;
    }
  });

  it('ends with the reason where it cannot go on', SLOW, async () => {
    const { skald } = await feedWorld();
    const other = await feedWorld();
    const [event] = (await other.direct.events.list({ limit: 1 })).items;
    const consume = async (from: string | undefined) => {
      for await (const { event: next } of skald.feed.events({ from })) return next;
      return undefined;
    };
    await expect(consume('not!a!cursor')).rejects.toThrow(SkaldProblem);
    const foreign: unknown = await consume(event?.position).catch((error: unknown) => error);
    expect(foreign).toBeInstanceOf(Error);
    expect(foreign).toMatchObject({ code: expect.stringMatching(/resync|bad_cursor/) as unknown });
    expect([FeedEnded, SkaldProblem].some((kind) => foreign instanceof kind)).toBe(true);
  });
});

describe('a feed that is refused for now', () => {
  it('comes again when Retry-After says, not before', async () => {
    const times: number[] = [];
    const refused = (): Promise<Response> => {
      times.push(performance.now());
      const body = { code: times.length === 1 ? 'rate_limited' : 'forbidden' };
      const init = times.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 403 };
      return Promise.resolve(Response.json(body, init));
    };
    const skald = client({ url: 'http://127.0.0.1:1', fetch: refused });
    const follow = async () => {
      for await (const { cursor } of skald.feed.events({}, { reconnect })) return cursor;
      return undefined;
    };
    await expect(follow()).rejects.toMatchObject({ code: 'forbidden' });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000);
  });
});

describe('a feed whose server says when to come back', () => {
  /** When each of three connections was asked for; each ends at once, with this line. */
  const timesWith = async (line: string, mostMs: number): Promise<readonly number[]> => {
    const times: number[] = [];
    const end = new AbortController();
    const answered = (): Promise<Response> => {
      if (times.push(performance.now()) === 3) end.abort();
      return Promise.resolve(new Response(`${line}\n\n`));
    };
    const { feed } = client({ url: 'http://127.0.0.1:1', fetch: answered });
    const options = { signal: end.signal, reconnect: { leastMs: 1, mostMs } };
    for await (const { cursor } of feed.events({}, options)) expect.fail(cursor);
    return times;
  };

  it('comes back then, not before, up to its own limit', async () => {
    const [first = 0, second = 0, third = 0] = await timesWith('retry: 150', 1000);
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(149);
    for (const line of ['retry: 99999999999', 'retry: soon', 'retry: -1', 'retry:'])
      expect(await timesWith(line, 5)).toHaveLength(3);
  });

  it('comes back at once when its token has ended, and only then', async () => {
    const reauth = 'event: reauth\ndata: {"type":"reauth","withinSeconds":0}\n\n';
    const caughtUp = 'data: {"type":"caughtUp","cursor":"c"}\n\n';
    const [times, end]: [number[], AbortController] = [[], new AbortController()];
    const answered = (): Promise<Response> => {
      if (times.push(performance.now()) === 3) end.abort();
      const ends = times.length === 1 ? `${caughtUp}${reauth}` : caughtUp;
      return Promise.resolve(new Response(`retry: ${[60_000, 150][times.length - 1]}\n\n${ends}`));
    };
    const { feed } = client({ url: 'http://127.0.0.1:1', fetch: answered });
    const options = { signal: end.signal, reconnect: { leastMs: 1, mostMs: 60_000 } };
    for await (const { cursor } of feed.events({}, options)) expect.fail(cursor);
    const [, second = 0, third = 0] = times;
    expect(third - second).toBeGreaterThanOrEqual(149);
  });
});

describe('a feed of documents', () => {
  it('begins with whole snapshots, also after a cut, and goes on with what changes', SLOW, async () => {
    const { skald, proxy, register } = await feedWorld();
    let shown = new Map<string, unknown>();
    const apply = (message: FedDocuments): void => {
      if (message.type === 'snapshot') shown = new Map(message.documents);
      else if (message.body === null) shown.delete(message.documentId);
      else shown.set(message.documentId, message.body);
    };
    let next: 'register' | 'cut' | 'end' = 'register';
    for await (const message of skald.feed.documents({ collection: 'orchestrations' }, { reconnect })) {
      apply(message);
      if (next === 'register' && shown.has('tenant')) {
        await register('second');
        next = 'cut';
      } else if (next === 'cut' && shown.has('second')) {
        expect(message).toMatchObject({ type: 'changed', body: { orchName: 'second' } });
        await proxy.down();
        await proxy.up();
        next = 'end';
      } else if (next === 'end' && message.type === 'snapshot') break;
    }
    expect([...shown.keys()].sort()).toEqual(['second', 'tenant']);
  });
});

describe('a list', () => {
  it('is walked to its end, page after page', SLOW, async () => {
    const { direct, start } = await feedWorld();
    const started = new Set<string>();
    for (let count = 0; count < 5; count += 1) started.add(await start());
    const last = await direct.runs.start({ orchName: 'tenant' });
    started.add(last.flowId);
    const found: string[] = [];
    const input = { limit: 2, sort: 'startedAt', minPosition: last.position } as const;
    for await (const { flowId } of each(direct.runs.list, input)) found.push(flowId);
    expect(found).toHaveLength(6);
    expect(new Set(found)).toEqual(started);
  });
});
