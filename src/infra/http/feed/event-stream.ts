import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Clock, Random } from '../../clock/port.ts';
import type { Ready } from '../../feed/port.ts';
import type { Frame } from '../../session/port.ts';
import { createCongestion } from '../socket/congestion.ts';

export type EventStreamDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly drain: AbortSignal;
};

const HEARTBEAT_MS = 20_000;
const DRAIN_MS = 800;
/** Clients of a server that goes away come back spread over this time. */
const RETRY_MS = { least: 1000, spread: 9000 };

/** Serves a feed as server-sent events until either side ends it. */
export const serveEventStream = (reply: FastifyReply, ready: Ready, deps: EventStreamDeps): void => {
  const { clock, random, drain } = deps;
  const raw = begun(reply);
  if (raw.destroyed) return;
  raw.write(`retry: ${Math.floor(RETRY_MS.least + random.next() * RETRY_MS.spread)}\n\n`);
  const cut = (): void => void raw.destroy();
  const dropped = (): void => {
    stream.end('slow');
    cut();
  };
  const congestion = createCongestion(clock, { onRelief: () => stream.drained(), onStuck: dropped });
  const end = (): void => {
    stream.end();
    raw.end();
    stopTimer ??= clock.schedule(DRAIN_MS, cut);
  };
  const write = (text: string): void => {
    if (!raw.writableEnded) congestion.note(!raw.write(text));
  };
  let stopTimer: (() => void) | undefined;
  const stream = ready.start({
    isFull: congestion.isFull,
    send: (frame) => write(textOf(frame)),
    sendAll: (frames) => write(frames.map(textOf).join('')),
    close: end,
  });
  const stopBeating = heartbeat(raw, clock, congestion.isFull);
  drain.addEventListener('abort', end);
  raw.on('drain', () => congestion.note(false));
  raw.once('close', () => {
    drain.removeEventListener('abort', end);
    stopBeating();
    stopTimer?.();
    congestion.end();
    stream.end();
  });
};

/** The answer with its headers sent; it is ours alone from here on. */
const begun = (reply: FastifyReply): ServerResponse => {
  reply.header('content-type', 'text/event-stream; charset=utf-8');
  reply.header('x-accel-buffering', 'no');
  reply.header('connection', 'close');
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  return reply.raw.writeHead(200);
};

/** Only events have an id: it is what a client comes back with. Messages without a name are the data. */
const textOf = ({ type, cursor, members }: Frame): string => {
  const data = `data: {"type":"${type}"${members === '' ? '' : `,${members}`}}\n\n`;
  if (cursor !== undefined) return `id: ${cursor}\n${data}`;
  // `error` is what clients call their own connection failures.
  return `event: ${type === 'error' ? 'feedError' : type}\n${data}`;
};

const heartbeat = (raw: ServerResponse, clock: Clock, isFull: () => boolean): (() => void) => {
  const beat = (): void => {
    if (!isFull() && !raw.writableEnded) raw.write(': heartbeat\n\n');
    stop = clock.schedule(HEARTBEAT_MS, beat);
  };
  let stop = clock.schedule(HEARTBEAT_MS, beat);
  return () => stop();
};
