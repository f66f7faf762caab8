import type { WebSocket } from '@fastify/websocket';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock/port.ts';
import type { CloseReason, Entry, Feed, Frame, Outlet, Received } from '../../feed/port.ts';
import { parseStrictJson } from '../../strict-input/strict-json.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { createCongestion } from './congestion.ts';

export type ConnectionDeps = {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly drain: AbortSignal;
  /** How the session begins, or why it does not. */
  readonly entry: Entry | CloseReason;
};

/** Bytes that wait for the client: above the one it gets nothing more, below the other it goes on. */
const FULL_BYTES = 256 * 1024;
const RELIEVED_BYTES = 64 * 1024;
const PING_MS = 25_000;
const HEARTBEAT = '{"type":"heartbeat"}';
/** A client that does not answer the close frame is cut off. */
const CLOSE_MS = 5000;
const DRAIN_MS = 800;
const NO_ENTRY: Entry = { access: undefined, admit: undefined };

/** Serves a feed session on an open socket, and the line below it, until either side closes it. */
export const serveSocket = (
  socket: WebSocket,
  line: Socket,
  { feed, clock, drain, entry }: ConnectionDeps,
): void => {
  const stop = (): void => {
    congestion.end();
    session.end();
  };
  const close = closerOf(socket, clock, stop);
  const gather = gathering(line);
  const outlet = outletOf(socket, close, gather, () => {
    congestion.note(socket.bufferedAmount > (congestion.isFull() ? RELIEVED_BYTES : FULL_BYTES));
  });
  const congestion = createCongestion(clock, {
    onRelief: () => session.drained(),
    onStuck: () => close('slow'),
  });
  const session = feed.connect(
    { ...outlet, isFull: congestion.isFull },
    typeof entry === 'string' ? NO_ENTRY : entry,
  );
  const stopPinging = keepAlive(socket, clock, congestion.isFull);
  const onDrain = (): void => close('draining', DRAIN_MS);
  drain.addEventListener('abort', onDrain);
  socket.on('message', (data, isBinary) => {
    if (isBinary || !Buffer.isBuffer(data)) close('binary');
    else session.receive(receivedFrom(data));
  });
  socket.on('ping', (data) => session.receive({ kind: 'ping', bytes: data.length }));
  // The library closes by itself after what is no proper frame.
  socket.on('error', stop);
  socket.on('close', () => {
    drain.removeEventListener('abort', onDrain);
    stopPinging();
    stop();
  });
  if (drain.aborted) onDrain();
  else if (typeof entry === 'string') close(entry);
};

const outletOf = (
  socket: WebSocket,
  close: Outlet['close'],
  gather: () => void,
  look: () => void,
): Omit<Outlet, 'isFull'> => ({
  close,
  send: (frame, id) => {
    if (socket.readyState !== socket.OPEN) return;
    gather();
    socket.send(textOf(frame, id), look);
    look();
  },
});

/** What is sent before the event loop turns goes out in one write: one system call, not one a frame. */
const gathering = (line: Socket): (() => void) => {
  let isGathering = false;
  const letGo = (): void => {
    isGathering = false;
    line.uncork();
  };
  return () => {
    if (isGathering) return;
    isGathering = true;
    line.cork();
    process.nextTick(letGo);
  };
};

const textOf = ({ type, members }: Frame, id: string | undefined): string => {
  const name = id === undefined ? '' : `,"id":"${id}"`;
  return `{"type":"${type}"${name}${members === '' ? '' : `,${members}`}}`;
};

/** Closes once, with the code for the reason, and cuts the line where the client does not answer in time. */
const closerOf = (socket: WebSocket, clock: Clock, onClosing: () => void) => {
  let stopTimer: (() => void) | undefined;
  socket.on('close', () => stopTimer?.());
  return (reason: CloseReason, withinMs = CLOSE_MS): void => {
    stopTimer?.();
    stopTimer = clock.schedule(withinMs, () => socket.terminate());
    if (socket.readyState !== socket.OPEN) return;
    onClosing();
    socket.close(CLOSE_CODES[reason], reason);
  };
};

const receivedFrom = (data: Buffer): Received => {
  const parsed = parseStrictJson(data);
  return parsed.kind === 'ok'
    ? { kind: 'json', value: parsed.value, bytes: data.length }
    : { kind: 'malformed', detail: parsed.flaw.detail, bytes: data.length };
};

/** Cuts off a client that left a ping unanswered. One that is full would get it too late: it has its own limit. */
const keepAlive = (socket: WebSocket, clock: Clock, isFull: () => boolean): (() => void) => {
  let isAnswered = true;
  const beat = (): void => {
    if (!isAnswered && !isFull()) return socket.terminate();
    if (!isFull() && socket.readyState === socket.OPEN) {
      isAnswered = false;
      socket.ping();
      socket.send(HEARTBEAT);
    }
    stop = clock.schedule(PING_MS, beat);
  };
  let stop = clock.schedule(PING_MS, beat);
  socket.on('pong', () => (isAnswered = true));
  return () => stop();
};
