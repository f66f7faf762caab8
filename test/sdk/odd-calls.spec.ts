// What callers may give and servers may answer that neither is meant to.
import { describe, expect, it, onTestFinished } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import type { ClientOptions } from '../../sdk/src/client.ts';
import { SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import { each } from '../../sdk/src/pages.ts';
import type { WorkerOptions } from '../../sdk/src/worker/options.ts';
import { worker } from '../../sdk/src/worker/worker.ts';
import { gate } from '../support/sdk-world.ts';

const url = 'http://127.0.0.1:1';
type Asked = {
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: unknown;
};

/** A client whose requests all get this answer. */
const asking = (reply: () => Response, options: Partial<ClientOptions> = {}) => {
  const asked: Asked[] = [];
  const fetchIt: typeof fetch = (address, init) => {
    const { host, pathname, search } = new URL(address instanceof Request ? address.url : address);
    asked.push({
      host,
      path: pathname,
      query: search,
      headers: new Headers(init?.headers),
      body: init?.body,
    });
    return Promise.resolve(reply());
  };
  const retry = { attempts: 2, leastMs: 1, mostMs: 1 };
  return { asked, fetch: fetchIt, skald: client({ url, fetch: fetchIt, retry, ...options }) };
};
const done = () => Response.json({ status: 'SUCCESS', flowId: 'f', items: [], tasks: [], failedSteps: [] });

describe('a call', () => {
  it('lets headers of its own take the place of what it would send, however they are spelt', async () => {
    const { skald, asked } = asking(done);
    const given = { 'Idempotency-Key': 'mine', 'CONTENT-TYPE': 'application/yaml', Accept: 'a/b' };
    const options = { headers: { ...given, Traceparent: 'own' }, traceparent: 'handed-on' };
    await skald.runs.start({ orchName: 'tenant', body: new Uint8Array(1) }, options);
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
      ...{ 'idempotency-key': 'mine', 'content-type': 'application/yaml', accept: 'a/b', traceparent: 'own' },
    });
  });

  it('sends an ArrayBuffer as the bytes it is', async () => {
    const { skald, asked } = asking(done);
    await skald.runs.start({ orchName: 'tenant', body: new Uint8Array([1, 2]).buffer });
    expect(asked[0]?.headers.get('content-type')).toBe('application/octet-stream');
    expect(asked[0]?.body).toEqual(new Uint8Array([1, 2]));
  });

  it('is never another one, whatever stands in its path', async () => {
    const { skald, asked } = asking(done);
    for (const flowId of ['.', '..'])
      await expect(skald.runs.cancel({ flowId })).rejects.toThrow(`flowId cannot be ${flowId}`);
    expect(asked).toEqual([]);
  });

  it('goes to the server it is given, however many slashes its address has', async () => {
    for (const [end, path] of [
      ['//', '/api/v1/sagas'],
      ['//base/', '//base/api/v1/sagas'],
    ]) {
      const { skald, asked } = asking(done, { url: `${url}${end}` });
      await skald.runs.list();
      expect(asked).toMatchObject([{ host: '127.0.0.1:1', path }]);
    }
  });

  it('refuses an address where no Skald can be, and times that are none', async () => {
    for (const address of WRONG_ADDRESSES) expect(() => client({ url: address })).toThrow(TypeError);
    const { skald, asked } = asking(done);
    const body = { service: 's' };
    for (const options of [{ deadlineMs: NaN }, { deadlineMs: '9' as never }, { waitSeconds: NaN }])
      await expect(skald.tasks.poll({ body }, options)).rejects.toThrow(RangeError);
    expect(asked).toEqual([]);
    await skald.tasks.poll({ body }, { deadlineMs: Infinity });
    await skald.tasks.poll({ body }, { deadlineMs: 2 ** 31 });
    expect(asked).toHaveLength(2);
  });

  it('goes on from page to page also where pages are read by position', async () => {
    const pages = ['p-1', 'p-2', undefined].map((nextCursor, index) => ({ items: [index], nextCursor }));
    const read = async (items: (skald: ReturnType<typeof client>) => AsyncIterable<unknown>) => {
      const left = [...pages];
      const { skald, asked } = asking(() => Response.json(left.shift()));
      const all: unknown[] = [];
      for await (const item of items(skald)) all.push(item);
      expect(all).toEqual([0, 1, 2]);
      return asked.map(({ query }) => query);
    };
    expect(await read((skald) => each(skald.events.list, { category: 'saga', from: 'p-0' }))).toEqual([
      ...['?category=saga&from=p-0', '?category=saga&from=p-1', '?category=saga&from=p-2'],
    ]);
    expect(await read((skald) => each(skald.streams.read, { stream: 'saga-1', limit: 1 }))).toEqual([
      ...['?limit=1', '?limit=1&from=p-1', '?limit=1&from=p-2'],
    ]);
    expect(await read((skald) => each(skald.runs.list, { from: '2026-01-01T00:00:00Z' }))).toMatchObject({
      1: '?from=2026-01-01T00%3A00%3A00Z&cursor=p-1',
    });
  });

  it('says so where what answers is no Skald', async () => {
    const { skald } = asking(() => new Response('<html>'));
    await expect(skald.runs.list()).rejects.toThrow(`an answer that is no JSON from ${url}`);
  });

  it('does not wait for a token for ever', async () => {
    const { skald, asked } = asking(done, { tokenProvider: () => new Promise<string>(() => undefined) });
    await expect(skald.runs.list({}, { deadlineMs: 20 })).rejects.toThrow(SkaldUnreachable);
    const signal = AbortSignal.abort(new Error('mine'));
    await expect(skald.runs.list({}, { signal })).rejects.toThrow('mine');
    expect(asked).toEqual([]);
  });
});

describe('a feed', () => {
  it('ends with its signal also where no token comes', async () => {
    const end = new AbortController();
    const wanted = gate();
    const tokenProvider = () => (wanted.open(), new Promise<string>(() => undefined));
    const { skald, asked } = asking(done, { tokenProvider });
    const reading = skald.feed.events({}, { signal: end.signal }).next();
    await wanted.opened;
    end.abort();
    expect((await reading).done).toBe(true);
    expect(asked).toEqual([]);
  });

  it('takes no pauses that are none', async () => {
    const { skald } = asking(done);
    const feed = skald.feed.events({}, { reconnect: { leastMs: NaN } });
    await expect(feed.next()).rejects.toThrow(RangeError);
  });

  it('tells that its connection is lost, also where the server ended it in good order', async () => {
    const { skald } = asking(() => new Response(': hello\n\n'));
    const end = new AbortController();
    const cuts: unknown[] = [];
    const onCut = (error: unknown): void => {
      if (cuts.push(error) === 2) end.abort();
    };
    const reconnect = { leastMs: 1, mostMs: 1 };
    const feed = skald.feed.events({}, { signal: end.signal, onCut, reconnect });
    for await (const { cursor } of feed) expect.fail(cursor);
    expect(cuts).toEqual([expect.any(SkaldUnreachable), expect.any(SkaldUnreachable)]);
  });
});

const WRONG_ADDRESSES = ['ftp://127.0.0.1', 'ws://127.0.0.1:1', 'http://user:word@127.0.0.1', 'nowhere'];

const usual = { service: 's', url, orchestrations: 'tenant', steps: { work: { do: () => 1 } } };
const working = (options: Partial<Record<keyof WorkerOptions, unknown>>) =>
  worker({ ...usual, ...options } as WorkerOptions);

describe('a worker', () => {
  it('refuses options that it could only fail with later', async () => {
    await expect(working({ service: undefined })).rejects.toThrow('a worker needs its service');
    for (const orchestrations of [null, 7])
      await expect(working({ orchestrations })).rejects.toThrow('orchestrations must be a name, several');
    await expect(working({ steps: undefined })).rejects.toThrow('a worker needs steps');
    const many = Array.from({ length: 201 }, (_, index) => [`work${index}`, { do: () => 1 }]);
    await expect(working({ steps: Object.fromEntries(many) as unknown })).rejects.toThrow(RangeError);
    await expect(working({ steps: { work: () => 1 } })).rejects.toThrow('the step work has no do');
    const withPart = (part: object) => working({ steps: { work: { do: () => 1, ...part } } });
    await expect(withPart({ undo: 7 })).rejects.toThrow('undo of the step work is no function');
    for (const input of [null, 7, {}, { parse: () => 1 }, { '~standard': { version: 1 } }])
      await expect(withPart({ input })).rejects.toThrow('input of the step work is no Standard Schema');
    for (const time of [0, -5, NaN, Infinity, '5'])
      for (const name of ['leastMs', 'mostMs'])
        await expect(working({ reconnect: { [name]: time } })).rejects.toThrow(RangeError);
    await expect(working({ transport: 'websocket' })).rejects.toThrow('transport must be stream or poll');
    for (const time of [0, -1, NaN, Infinity]) {
      await expect(working({ heartbeatMs: time })).rejects.toThrow(RangeError);
      await expect(working({ lookMs: time })).rejects.toThrow(RangeError);
    }
    for (const address of WRONG_ADDRESSES) await expect(working({ url: address })).rejects.toThrow(TypeError);
  });

  it('may take any time to stop', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const { fetch } = asking(done);
    const running = await working({ transport: 'poll', fetch });
    await running.stop({ timeoutMs: Infinity });
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  it('goes on polling when a token could not be had for once', async () => {
    const { fetch, asked } = asking(done);
    const { opened, open } = gate();
    let times = 0;
    const tokenProvider = () => {
      times += 1;
      if (times === 2) throw new Error('no identity provider');
      if (times > 2) open();
      return 'token';
    };
    const troubles: unknown[] = [];
    const onTrouble = (error: unknown) => void troubles.push(error);
    const reconnect = { leastMs: 1, mostMs: 1 };
    const running = await working({ transport: 'poll', fetch, tokenProvider, onTrouble, reconnect });
    onTestFinished(() => running.stop());
    await opened;
    expect(troubles.map(String)).toEqual(['Error: no identity provider']);
    expect(asked[0]?.path).toBe('/api/orchestration/register');
  });
});
