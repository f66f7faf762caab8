import type { WebSocket } from '@fastify/websocket';
import type { Clock } from '../../clock/port.ts';

const PING_MS = 25_000;
const HEARTBEAT = '{"type":"heartbeat"}';

export type KeepAlive = {
  /** The client could not answer for a while: its next ping counts. */
  readonly excuse: () => void;
  readonly stop: () => void;
};

/**
 * Cuts off a client that left a ping unanswered. One that is full would get it too late, one that is not read from
 * could not be heard: these have limits of their own.
 */
export const keepAlive = (socket: WebSocket, clock: Clock, isFull: () => boolean): KeepAlive => {
  let isAnswered = true;
  const beat = (): void => {
    const isReachable = !isFull() && !socket.isPaused;
    if (!isAnswered && isReachable) return socket.terminate();
    if (isReachable && socket.readyState === socket.OPEN) {
      isAnswered = false;
      socket.ping();
      socket.send(HEARTBEAT);
    }
    stop = clock.schedule(PING_MS, beat);
  };
  const excuse = (): void => {
    isAnswered = true;
  };
  let stop = clock.schedule(PING_MS, beat);
  socket.on('pong', excuse);
  return { excuse, stop: () => stop() };
};
