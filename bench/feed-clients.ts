// The clients of bench/feeds.ts: some read and take the time, the others stop reading once they are connected.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { latenciesOf, wallMs } from './support/latencies.ts';

const [port = 0, readers = 1, stalled = 0, warmUp = 0, expected = 0] = process.argv.slice(2).map(Number);
const CREDIT = 10_000;
const SENT_AT = '"sentAt":';

/** Resolves when the feed follows the end of the log. */
const follow = async (onEvent: (text: string) => void): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/feed`, 'skald.feed.v1');
  await once(socket, 'open');
  const isLive = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'subscribe', id: 'a', events: {}, from: 'now', credit: CREDIT }));
  await isLive;
  let sinceGrant = 0;
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    if (!text.startsWith('{"type":"event"')) return;
    onEvent(text);
    sinceGrant += 1;
    if (sinceGrant < CREDIT / 2) return;
    socket.send(JSON.stringify({ type: 'credit', id: 'a', events: sinceGrant }));
    sinceGrant = 0;
  });
  return socket;
};

const latencies: number[] = [];
const done = Promise.withResolvers<undefined>();
const take = (text: string): void => {
  latencies.push(wallMs() - Number.parseFloat(text.slice(text.indexOf(SENT_AT) + SENT_AT.length)));
  if (latencies.length === readers * (warmUp + expected)) done.resolve(undefined);
};
for (let index = 0; index < readers; index += 1) await follow(take);
for (let index = 0; index < stalled; index += 1) (await follow(() => undefined)).pause();
process.send?.({ kind: 'connected' });
await done.promise;
const counted = latencies.slice(readers * warmUp);
process.send?.({ kind: 'seen', frames: counted.length, delivery: latenciesOf(counted) });
