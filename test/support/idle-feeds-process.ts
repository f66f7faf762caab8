// Clients of a feed that say nothing, in a process of their own: they need its files, and addresses of their own.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { IdleFeedsMessage } from './idle-feeds.ts';

const [port, count] = z.tuple([z.coerce.number(), z.coerce.number()]).parse(process.argv.slice(2));

/** Each has ports of its own. */
const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
const AT_ONCE = 100;
/** Of events that no test makes. */
const SUBSCRIBE = JSON.stringify({
  ...{ type: 'subscribe', id: 'a', from: 'now' },
  events: { category: 'saga', type: 'SagaCancelled' },
});

const tell = (message: IdleFeedsMessage): void => void process.send?.(message);
const codes: number[] = [];
const pinged = new Set<WebSocket>();

const open = async (index: number): Promise<void> => {
  const localAddress = ADDRESSES[index % ADDRESSES.length];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/feed`, 'skald.feed.v1', { localAddress });
  socket.on('ping', () => {
    if (!pinged.has(socket) && pinged.add(socket).size === count) tell({ kind: 'pinged' });
  });
  socket.on('close', (code) => {
    if (codes.push(code) === count) tell({ kind: 'closed', codes: [...new Set(codes)] });
  });
  await once(socket, 'open');
  const isFollowing = once(socket, 'message');
  socket.send(SUBSCRIBE);
  await isFollowing;
};

for (let opened = 0; opened < count; opened += AT_ONCE) {
  const some = Math.min(AT_ONCE, count - opened);
  await Promise.all(Array.from({ length: some }, (_, index) => open(opened + index)));
}
tell({ kind: 'open', closed: codes.length });
