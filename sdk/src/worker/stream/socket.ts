import type { Socket as Line } from 'node:net';
import { WebSocket } from 'ws';
import { addressOf } from '../../http/address.ts';
import { SkaldProblem, SkaldUnreachable } from '../../http/problem.ts';
import { authorization } from '../../http/token.ts';
import type { TokenSource } from '../../http/token.ts';
import { later } from '../../system.ts';
import { serverFrameOf, SUB_PROTOCOL } from './frames.ts';
import type { ClientFrame, ServerFrame } from './frames.ts';

const PATH = '/api/v1/workers/stream';
const CONNECT_MS = 10_000;
/** The server pings every 25 s: a line that is silent for longer than two of them is dead. */
const SILENCE_MS = 60_000;

export type Socket = {
  readonly send: (frame: ClientFrame) => void;
  readonly close: () => void;
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

/** How a connection ended, or why there was none. */
export type Ended =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: SkaldProblem }
  | { readonly kind: 'unreachable'; readonly error: SkaldUnreachable };

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
    });
    return await serve(socket, callbacks);
  } catch (error) {
    return { kind: 'unreachable', error: new SkaldUnreachable(`no token for ${url.host}`, { cause: error }) };
  }
};

const serve = (socket: WebSocket, { onOpen, onFrame }: Callbacks): Promise<Ended> =>
  new Promise((resolve) => {
    const cut = (): void => socket.terminate();
    let stop = later(SILENCE_MS, cut);
    const heard = (): void => {
      stop();
      stop = later(SILENCE_MS, cut);
    };
    socket.on('ping', heard);
    socket.on('upgrade', ({ socket: line }) => {
      socket.on('open', () => onOpen(socketOf(socket, line)));
    });
    socket.on('message', (data) => {
      heard();
      const frame = Buffer.isBuffer(data) ? serverFrameOf(data.toString()) : undefined;
      if (frame !== undefined) onFrame(frame);
    });
    socket.on('unexpected-response', (request, response) => {
      const retryAfter = Number(response.headers['retry-after']);
      const ms = Number.isNaN(retryAfter) ? undefined : retryAfter * 1000;
      const body: Buffer[] = [];
      response.on('data', (piece: Buffer) => void body.push(piece));
      response.on('end', () => {
        const error = new SkaldProblem(response.statusCode ?? 0, parsed(Buffer.concat(body).toString()), ms);
        resolve({ kind: 'refused', error });
        request.destroy();
      });
    });
    socket.on('error', (cause) => {
      const error = new SkaldUnreachable(`no connection to ${socket.url}`, { cause });
      resolve({ kind: 'unreachable', error });
    });
    socket.on('close', (code, reason) => {
      stop();
      resolve({ kind: 'closed', code, reason: reason.toString() });
    });
  });

const socketOf = (socket: WebSocket, line: Line): Socket => {
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

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
