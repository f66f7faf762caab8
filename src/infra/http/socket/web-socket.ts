import type { WebSocket } from '@fastify/websocket';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock/port.ts';
import type {
  Access,
  BurstOutlet,
  CloseReason,
  Entry,
  HearingOutlet,
  Outlet,
  Received,
  Session,
} from '../../session/port.ts';
import { parseStrictJson } from '../../strict-input/strict-json.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { createCongestion } from './congestion.ts';
import { keepAlive } from './keep-alive.ts';
import { messageOf, sharedMessage, sharedMessages, textOf } from './text-frame.ts';

export type ConnectionDeps<Allowed extends Access> = {
  readonly connect: (outlet: BurstOutlet & HearingOutlet, entry: Entry<Allowed>) => Session;
  readonly clock: Clock;
  readonly drain: AbortSignal;
  /** How the session begins, or why it does not. */
  readonly entry: Entry<Allowed> | CloseReason;
};

/** Bytes that wait for the client: above the one it gets nothing more, below the other it goes on. */
const FULL_BYTES = 256 * 1024;
const RELIEVED_BYTES = 64 * 1024;
/** A client that does not answer the close frame is cut off. */
const CLOSE_MS = 5000;
const DRAIN_MS = 800;
const NO_ENTRY = { access: undefined, admit: undefined };

/** Serves a session on an open socket, and the line below it, until either side closes it. */
export const serveSocket = <Allowed extends Access>(
  socket: WebSocket,
  line: Socket,
  { connect, clock, drain, entry }: ConnectionDeps<Allowed>,
): void => {
  const stop = (why?: CloseReason): void => {
    congestion.end();
    session.end(why);
  };
  const close = closerOf(socket, clock, stop);
  const congestion = createCongestion(clock, {
    onRelief: () => session.drained(),
    onStuck: () => close('slow'),
  });
  const sender = senderOf(socket, line, () => {
    congestion.note(socket.bufferedAmount > (congestion.isFull() ? RELIEVED_BYTES : FULL_BYTES));
  });
  const alive = keepAlive(socket, clock, congestion.isFull);
  const listen = (isListening: boolean): void => {
    if (isListening) socket.resume();
    else socket.pause();
    alive.excuse();
  };
  const session = connect(
    { ...sender, close, listen, isFull: congestion.isFull },
    typeof entry === 'string' ? NO_ENTRY : entry,
  );
  const onDrain = (): void => (session.leave === undefined ? close('draining') : session.leave());
  drain.addEventListener('abort', onDrain);
  hear(socket, session, close);
  // The library closes by itself after what is no proper frame.
  socket.on('error', () => stop());
  socket.on('close', () => {
    drain.removeEventListener('abort', onDrain);
    alive.stop();
    stop();
  });
  if (drain.aborted) close('draining');
  else if (typeof entry === 'string') close(entry);
};

const hear = (socket: WebSocket, session: Session, close: Outlet['close']): void => {
  socket.on('message', (data, isBinary) => {
    if (isBinary || !Buffer.isBuffer(data)) close('binary');
    else session.receive(receivedFrom(data));
  });
  socket.on('ping', (data) => session.receive({ kind: 'ping', bytes: data.length }));
};

/** Nothing is compressed, so a message may pass by the library: made once, and one write, not two. */
const senderOf = (
  socket: WebSocket,
  line: Socket,
  look: () => void,
): Pick<BurstOutlet, 'send' | 'sendAll'> => {
  const write = (message: Buffer): void => {
    gather(line);
    line.write(message);
    look();
  };
  // Told once all of it is on its way, and not of each write.
  line.on('drain', look);
  return {
    send: (frame, id) => {
      if (socket.readyState !== socket.OPEN) return;
      write(frame.cursor === undefined ? messageOf(textOf(frame, id)) : sharedMessage(frame, id));
    },
    sendAll: (frames, id) => {
      if (socket.readyState === socket.OPEN) write(sharedMessages(frames, id));
    },
  };
};

let gathering: Socket[] = [];

const letGo = (): void => {
  const lines = gathering;
  gathering = [];
  for (const line of lines) line.uncork();
};

/** What is sent before the event loop has turned goes out in one write: one system call, not one a frame. */
const gather = (line: Socket): void => {
  if (line.writableCorked > 0) return;
  if (gathering.length === 0) setImmediate(letGo);
  gathering.push(line);
  line.cork();
};

/** Closes once, with the code for the reason, and cuts the line where the client does not answer in time. */
const closerOf = (socket: WebSocket, clock: Clock, onClosing: (reason: CloseReason) => void) => {
  let stopTimer: (() => void) | undefined;
  socket.on('close', () => stopTimer?.());
  return (reason: CloseReason): void => {
    stopTimer?.();
    stopTimer = clock.schedule(reason === 'draining' ? DRAIN_MS : CLOSE_MS, () => socket.terminate());
    if (socket.readyState !== socket.OPEN) return;
    onClosing(reason);
    // Else the client's own close frame would never be read.
    socket.resume();
    socket.close(CLOSE_CODES[reason], reason);
  };
};

const receivedFrom = (data: Buffer): Received => {
  const parsed = parseStrictJson(data);
  return parsed.kind === 'ok'
    ? { kind: 'json', value: parsed.value, bytes: data.length }
    : { kind: 'malformed', flaw: parsed.flaw, bytes: data.length };
};
