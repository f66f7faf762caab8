// A server that goes away under many feeds, and is back (F-H-08).
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import { socketClient, streamClient } from '../support/feed-clients.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';

const MANY = 60;
const FOLLOWERS = 20;
const PATIENCE = { timeout: 30_000, interval: 20 };
const SUBSCRIBE = { type: 'subscribe', id: 'a', events: {}, from: 'now' };
const STARTS = { category: 'saga', type: 'SagaStarted' };

const times = async <Made>(count: number, make: () => Promise<Made>): Promise<readonly Made[]> => {
  const made: Made[] = [];
  while (made.length < count) made.push(await make());
  return made;
};

const portOf = (address: string): number => Number(new URL(address).port);

const socket = async (port: number) => {
  const opened = await socketClient(port);
  opened.send(SUBSCRIBE);
  await opened.next('caughtUp');
  return opened;
};

const stream = async (port: number) => {
  const opened = await streamClient(port);
  await opened.next('caughtUp');
  return opened;
};

/** A feed of the SDK: what it was given, and when it was cut and connected. */
const follower = async (url: string) => {
  const [dials, cuts, seen]: [number[], number[], string[]] = [[], [], []];
  const dialling: typeof fetch = (...given) => {
    dials.push(performance.now());
    return fetch(...given);
  };
  const [over, caughtUp] = [new AbortController(), Promise.withResolvers<undefined>()];
  const feed = client({ url, fetch: dialling }).feed.events(STARTS, {
    signal: over.signal,
    reconnect: { mostMs: 2000 },
    onCaughtUp: () => caughtUp.resolve(undefined),
    onCut: () => void cuts.push(performance.now()),
  });
  const reading = (async () => {
    for await (const { event } of feed) seen.push(event.stream);
  })();
  onTestFinished(async () => {
    over.abort();
    await reading;
  });
  await caughtUp.promise;
  /** From the cut to when it tried again, in milliseconds. */
  const pausedMs = (): number => (dials[1] ?? NaN) - (cuts[0] ?? NaN);
  return { seen, pausedMs };
};

const register = (address: string) =>
  client({ url: address }).orchestrations.register({
    body: { orchName: 'tenant', as: 'initiator', steps: [{ name: 'only', seq: 1, objectType: 'thing' }] },
  });

describe('a server that is restarted under many feeds', () => {
  it('ends all of them in good order, and says to each stream a time of its own to come back', async () => {
    const server = await startSkald(freshDirectory());
    const port = portOf(server.address);
    const sockets = await times(MANY, () => socket(port));
    const streams = await times(MANY, () => stream(port));
    expect(await server.stop()).toBe(0);
    for (const { closed } of sockets) expect(await closed).toEqual({ code: 1001, reason: 'draining' });
    for (const { closed } of streams) expect(await closed).toBe(true);

    const hints = streams.map(({ messages: [first] }) => Number(first?.retry));
    for (const hint of hints) expect(hint >= 1000 && hint < 10_000).toBe(true);
    // Of so many none being in one of three equal parts of that time is not to be expected.
    for (const from of [1000, 4000, 7000])
      expect(hints.some((hint) => hint >= from && hint < from + 3000)).toBe(true);
  }, 120_000);

  it('is followed by the SDK again, one after the other, with nothing missed or given twice', async () => {
    const dataDir = freshDirectory();
    const first = await startSkald(dataDir);
    await register(first.address);
    const followers = await times(FOLLOWERS, () => follower(first.address));
    expect(await first.stop()).toBe(0);
    const second = await startSkald(dataDir, { PORT: String(portOf(first.address)) });
    const { runs } = client({ url: second.address });
    const { flowId } = await runs.start({ orchName: 'tenant' });
    for (const { seen } of followers) await vi.waitFor(() => expect(seen).toHaveLength(1), PATIENCE);
    const later = await runs.start({ orchName: 'tenant' });
    const all = [`saga-${flowId}`, `saga-${later.flowId}`];
    for (const { seen } of followers) await vi.waitFor(() => expect(seen).toEqual(all), PATIENCE);

    const pauses = followers.map(({ pausedMs }) => pausedMs());
    // A timer may be early by a millisecond.
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(199);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(40);
  }, 120_000);
});
