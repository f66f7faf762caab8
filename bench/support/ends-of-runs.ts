import { once } from 'node:events';
import { WebSocket } from 'ws';

const CREDIT = 10_000;
const STREAM = '"stream":"saga-';

/** Follows the feed of events that end a run well. `ended` resolves when the run's has come. */
export const endsOfRuns = async (address: string) => {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/api/v1/feed`, 'skald.feed.v1');
  await once(socket, 'open');
  const isLive = once(socket, 'message');
  const events = { category: 'saga', type: 'SagaCompleted' };
  socket.send(JSON.stringify({ type: 'subscribe', id: 'ends', events, from: 'now', credit: CREDIT }));
  await isLive;
  const seen = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  let sinceGrant = 0;
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    if (!text.startsWith('{"type":"event"')) return;
    const start = text.indexOf(STREAM) + STREAM.length;
    const flowId = text.slice(start, text.indexOf('"', start));
    const wake = waiting.get(flowId);
    waiting.delete(flowId);
    if (wake === undefined) seen.set(flowId, performance.now());
    else wake(performance.now());
    sinceGrant += 1;
    if (sinceGrant < CREDIT / 2) return;
    socket.send(JSON.stringify({ type: 'credit', id: 'ends', events: sinceGrant }));
    sinceGrant = 0;
  });
  return {
    /** When the end was seen, by `performance.now()`: it may come before the answer that tells the run's id. */
    ended: (flowId: string): Promise<number> => {
      const at = seen.get(flowId);
      if (at === undefined) return new Promise((resolve) => void waiting.set(flowId, resolve));
      seen.delete(flowId);
      return Promise.resolve(at);
    },
    close: (): void => socket.terminate(),
  };
};
