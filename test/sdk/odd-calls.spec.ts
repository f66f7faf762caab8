// What callers may give and servers may answer that neither is meant to.
import { describe, expect, it, onTestFinished } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import type { ClientOptions } from '../../sdk/src/client.ts';
import { SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import type { WorkerOptions } from '../../sdk/src/worker/options.ts';
import { worker } from '../../sdk/src/worker/worker.ts';
import { gate } from '../support/sdk-world.ts';

const url = 'http://127.0.0.1:1';
type Asked = { readonly path: string; readonly headers: Headers; readonly body: unknown };

/** A client whose requests all get this answer. */
const asking = (reply: () => Response, options: Partial<ClientOptions> = {}) => {
  const asked: Asked[] = [];
  const fetchIt: typeof fetch = (address, init) => {
    const { pathname } = new URL(address instanceof Request ? address.url : address);
    asked.push({ path: pathname, headers: new Headers(init?.headers), body: init?.body });
    return Promise.resolve(reply());
  };
  const retry = { attempts: 2, leastMs: 1, mostMs: 1 };
  return { asked, fetch: fetchIt, skald: client({ url, fetch: fetchIt, retry, ...options }) };
};
const done = () => Response.json({ status: 'SUCCESS', flowId: 'f', items: [], tasks: [], failedSteps: [] });

describe('a call', () => {
  it('lets headers of its own take the place of what it would send, however they are spelt', async () => {
    const { skald, asked } = asking(done);
    const headers = { 'Idempotency-Key': 'mine', 'CONTENT-TYPE': 'application/yaml', Accept: 'a/b' };
    await skald.runs.start({ orchName: 'tenant', body: new Uint8Array(1) }, { headers });
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
      ...{ 'idempotency-key': 'mine', 'content-type': 'application/yaml', accept: 'a/b' },
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

const usual = { service: 's', url, orchestrations: 'tenant', steps: { work: { do: () => 1 } } };
const working = (options: Partial<Record<keyof WorkerOptions, unknown>>) =>
  worker({ ...usual, ...options } as WorkerOptions);

describe('a worker', () => {
  it('refuses options that it could only fail with later', async () => {
    await expect(working({ service: undefined })).rejects.toThrow('a worker needs its service');
    await expect(working({ orchestrations: undefined })).rejects.toThrow('a worker needs the orchestrations');
    await expect(working({ steps: undefined })).rejects.toThrow('a worker needs steps');
    const many = Array.from({ length: 201 }, (_, index) => [`work${index}`, { do: () => 1 }]);
    await expect(working({ steps: Object.fromEntries(many) as unknown })).rejects.toThrow(RangeError);
    await expect(working({ steps: { work: () => 1 } })).rejects.toThrow('the step work has no do');
    await expect(working({ transport: 'websocket' })).rejects.toThrow('transport must be stream or poll');
    for (const heartbeatMs of [0, -1, NaN, Infinity])
      await expect(working({ heartbeatMs })).rejects.toThrow(RangeError);
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
