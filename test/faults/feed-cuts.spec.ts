import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { fill, feedServer } from '../support/feeds.ts';
import { prng } from '../../sdk/simulator/prng.ts';
import { feedUrl, messageParser } from '../support/feed-clients.ts';

const EVENTS = 50_000;
const CUTS = 1000;
/** The log keeps this far ahead of the slowest client: they are live most of the time, and behind after a cut. */
const AHEAD = 1000;

type Seen = { readonly eventId: string; readonly cursor: string };
type Line = { readonly cut: () => void };
/** Connects behind a cursor, hands on every event, and says when the line is gone. */
type Dial = (after: string | undefined, onEvent: (event: Seen) => void, onGone: () => void) => Line;

const seenIn = (text: string): Seen | undefined => {
  const frame = JSON.parse(text) as { type: string; cursor: string; event: { eventId: string } };
  return frame.type === 'event' ? { eventId: frame.event.eventId, cursor: frame.cursor } : undefined;
};

const overWebSocket =
  (port: number): Dial =>
  (after, onEvent, onGone) => {
    const socket = new WebSocket(feedUrl(port), 'skald.feed.v1');
    socket.on('open', () => {
      socket.send(
        JSON.stringify({ type: 'subscribe', id: 'a', events: {}, from: after ?? 'start', credit: 10_000 }),
      );
    });
    socket.on('message', (data: Buffer) => {
      const seen = seenIn(data.toString());
      if (seen !== undefined) onEvent(seen);
    });
    socket.on('error', () => undefined);
    socket.on('close', onGone);
    return { cut: () => socket.terminate() };
  };

const overEvents =
  (port: number): Dial =>
  (after, onEvent, onGone) => {
    const headers = after === undefined ? {} : { 'last-event-id': after };
    const call = request(`http://127.0.0.1:${String(port)}/api/v1/feed/sse?from=start`, {
      headers,
      agent: false,
    });
    call.on('response', (answer) => {
      answer.setEncoding('utf8');
      const parse = messageParser(({ id, data }) => {
        const seen = id === undefined || data === undefined ? undefined : seenIn(data);
        if (seen !== undefined) onEvent({ ...seen, cursor: id ?? '' });
      });
      answer.on('data', parse);
      answer.on('error', () => undefined);
    });
    call.on('error', () => undefined);
    call.on('close', onGone);
    call.end();
    return { cut: () => void call.destroy() };
  };

/** Follows the feed to the end, its line cut whenever it has seen as many events as the next cut says. */
const followCut = (dial: Dial, cuts: readonly number[], onProgress: (count: number) => void) => {
  const log: string[] = [];
  let after: string | undefined;
  let next = 0;
  return new Promise<{ log: readonly string[]; cuts: number }>((resolve) => {
    const connect = (): void => {
      let isCut = false;
      const cut = (): void => {
        isCut = true;
        next += 1;
        line.cut();
      };
      const take = ({ eventId, cursor }: Seen): void => {
        // What arrives behind a cut was never seen.
        if (isCut) return;
        log.push(eventId);
        after = cursor;
        onProgress(log.length);
        if (log.length >= (cuts[next] ?? EVENTS)) cut();
      };
      const line = dial(after, take, () => {
        if (log.length < EVENTS) connect();
        else resolve({ log, cuts: next - 1 });
      });
      // Several cuts at one place: the line goes while it is being opened.
      if ((cuts[next] ?? EVENTS) <= log.length) setImmediate(cut);
    };
    connect();
  });
};

const randomCuts = (seed: number): number[] => {
  const { below } = prng(seed);
  return Array.from({ length: CUTS }, () => below(EVENTS)).toSorted((a, b) => a - b);
};

/** Appends while the clients follow, never far ahead of them. */
const flow = async (store: EventStore, isWanted: () => Promise<unknown>): Promise<readonly StoredEvent[]> => {
  const events: StoredEvent[] = [];
  while (events.length < EVENTS) {
    events.push(...(await fill(store, 100)));
    await isWanted();
  }
  return events;
};

const paced = (counts: Map<string, number>) => {
  let appended = 0;
  let wake: () => void = () => undefined;
  const isBehind = () => appended - Math.min(...counts.values()) < AHEAD;
  return {
    progress: (name: string) => (count: number) => {
      counts.set(name, count);
      if (isBehind()) wake();
    },
    isWanted: async () => {
      appended += 100;
      if (!isBehind()) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
};

describe('a client whose line is cut 1,000 times while 50,000 events flow (F-H-06)', () => {
  it(
    'sees the log: in order, without gap or repeat, over WebSocket and over server-sent events',
    { timeout: 120_000 },
    async () => {
      const { store, port } = await feedServer();
      const pace = paced(
        new Map([
          ['socket', 0],
          ['stream', 0],
        ]),
      );
      const seed = Math.floor(Math.random() * 2 ** 31);
      const cuts = { socket: randomCuts(seed), stream: randomCuts(seed + 1) };
      const [events, socket, stream] = await Promise.all([
        flow(store, pace.isWanted),
        followCut(overWebSocket(port), cuts.socket, pace.progress('socket')),
        followCut(overEvents(port), cuts.stream, pace.progress('stream')),
      ]);
      const expected = events.map(({ eventId }) => eventId);
      for (const { log, cuts: done } of [socket, stream]) {
        expect(done, `seed ${seed}`).toBe(CUTS);
        expect(log.length, `seed ${seed}`).toBe(EVENTS);
        expect(
          log.findIndex((id, index) => id !== expected[index]),
          `seed ${seed}`,
        ).toBe(-1);
      }
    },
  );
});
