import type { Socket as Line } from 'node:net';
import { WebSocket } from 'ws';
import { addressOf } from '../../http/address.ts';
import { SkaldUnreachable } from '../../http/problem.ts';
import { authorization } from '../../http/token.ts';
import type { TokenSource } from '../../http/token.ts';
import { MOST_BYTES } from '../../http/body.ts';
import { later } from '../../system.ts';
import { refusalOf } from './ended.ts';
import type { Ended } from './ended.ts';
import { serverFrameOf, SUB_PROTOCOL } from './frames.ts';
import type { ClientFrame, ServerFrame } from './frames.ts';

const PATH = '/api/v1/workers/stream';
const CONNECT_MS = 10_000;
/** The server pings every 25 s: a line that is silent for longer than two of them is dead. */
const SILENCE_MS = 60_000;

export type Socket = {
  readonly send: (frame: ClientFrame) => void;
  readonly close: () => void;
  /** Ends the connection at once, for this reason. */
  readonly cut: (why: string) => void;
};

type Callbacks = {
  readonly onOpen: (socket: Socket) => void;
  readonly onFrame: (frame: ServerFrame) => void;
};

type Limits = {
  /** Nobody waits for a token any more. */
  readonly signal: AbortSignal;
  /** For the token, and for the connection. */
  readonly connectMs?: number;
};

/** Connects, and resolves when the connection has ended; never rejects. */
export const connection = async (
  base: URL,
  token: TokenSource | undefined,
  { signal, connectMs = CONNECT_MS, ...callbacks }: Callbacks & Limits,
): Promise<Ended> => {
  const url = addressOf(base, PATH);
  url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  try {
    const socket = new WebSocket(url, SUB_PROTOCOL, {
      headers: await authorization(token, AbortSignal.any([signal, AbortSignal.timeout(connectMs)])),
      handshakeTimeout: connectMs,
      perMessageDeflate: false,
      maxPayload: MOST_BYTES,
    });
    return await serve(socket, connectMs, callbacks);
  } catch (error) {
    return { kind: 'unreachable', error: new SkaldUnreachable(`no token for ${url.host}`, { cause: error }) };
  }
};

const serve = (socket: WebSocket, connectMs: number, callbacks: Callbacks): Promise<Ended> =>
  new Promise((resolve) => {
    let isRefused = false;
    // What comes of ending a refused handshake says less than the refusal.
    const end = (ended: Ended): void => {
      if (!isRefused) resolve(ended);
    };
    const fail = (why: string, cause?: unknown): void =>
      end({ kind: 'unreachable', error: new SkaldUnreachable(why, { cause }) });
    const cut = (why: string, cause?: unknown): void => {
      fail(why, cause);
      socket.terminate();
    };
    listen(socket, callbacks, cut);
    socket.on('unexpected-response', (request, response) => {
      isRefused = true;
      void refusalOf(request, response, connectMs).then(resolve);
    });
    socket.on('error', (cause) => fail(`no connection to ${socket.url}`, cause));
    socket.on('close', (code, reason) => end({ kind: 'closed', code, reason: reason.toString() }));
  });

type Cut = (why: string, cause?: unknown) => void;

/** Hands on what comes, and cuts the line that is silent, or says what no Skald does. */
const listen = (socket: WebSocket, { onOpen, onFrame }: Callbacks, cut: Cut): void => {
  const cutSilent = (): void => socket.terminate();
  let stop = later(SILENCE_MS, cutSilent);
  const heard = (): void => {
    stop();
    stop = later(SILENCE_MS, cutSilent);
  };
  socket.on('close', () => stop());
  socket.on('ping', heard);
  socket.on('upgrade', ({ socket: line }) => {
    socket.on('open', () => onOpen({ ...socketOf(socket, line), cut }));
  });
  socket.on('message', (data) => {
    heard();
    // More may have come together with what it was cut for.
    if (socket.readyState !== socket.OPEN || !Buffer.isBuffer(data)) return;
    const frame = readFrame(data, (cause) =>
      cut(`what ${socket.url} sent is no frame of ${SUB_PROTOCOL}`, cause),
    );
    if (frame !== undefined) onFrame(frame);
  });
};

const readFrame = (data: Buffer, onNonsense: (error: unknown) => void): ServerFrame | undefined => {
  try {
    return serverFrameOf(data.toString());
  } catch (error) {
    onNonsense(error);
    return undefined;
  }
};

const socketOf = (socket: WebSocket, line: Line): Omit<Socket, 'cut'> => {
  const gather = gathering(line);
  return {
    send: (frame) => {
      if (socket.readyState !== socket.OPEN) return;
      gather();
      socket.send(JSON.stringify(frame));
    },
    close: () => {
      socket.close(1000);
      later(1000, () => socket.terminate());
    },
  };
};

/** What is sent before the event loop has turned goes out in one write: one system call, not one a frame. */
const gathering = (line: Line): (() => void) => {
  let isGathering = false;
  const letGo = (): void => {
    isGathering = false;
    line.uncork();
  };
  return () => {
    if (isGathering) return;
    isGathering = true;
    line.cork();
    setImmediate(letGo);
  };
};
