import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { onTestFinished, vi } from 'vitest';
import { serverFrame } from '../../src/infra/feed/frames.ts';
import type { ServerFrame } from '../../src/infra/feed/frames.ts';
import { frameSocket } from './frame-socket.ts';
import type { SocketOptions } from './frame-socket.ts';

const WAIT = { timeout: 10_000, interval: 2 };

const waits = (frames: readonly ServerFrame[]) => ({
  frames,
  types: () => frames.map(({ type }) => type),
  events: () => frames.flatMap((frame) => (frame.type === 'event' ? [frame] : [])),
  /** Resolves with the first frame of a type. */
  next: <Type extends ServerFrame['type']>(type: Type) =>
    vi.waitFor(() => {
      const found = frames.find((frame) => frame.type === type);
      if (found === undefined)
        throw new Error(`no ${type} among ${frames.map((frame) => frame.type).join()}`);
      return found as Extract<ServerFrame, { type: Type }>;
    }, WAIT),
  count: (count: number) =>
    vi.waitFor(() => {
      if (frames.length < count) throw new Error(`${String(frames.length)} of ${String(count)} frames`);
    }, WAIT),
});

export const feedUrl = (port: number): string => `ws://127.0.0.1:${String(port)}/api/v1/feed`;

/** A WebSocket client that keeps every frame; each must be of the documented form. */
export const socketClient = async (port: number, options: SocketOptions = {}) => {
  const endpoint = { url: feedUrl(port), protocol: 'skald.feed.v1', schema: serverFrame };
  const { frames, ...client } = await frameSocket(endpoint, options);
  return { ...client, ...waits(frames) };
};

/** A handshake that is expected to be refused: the answer's status, headers and body. */
export const refusedHandshake = (url: string, headers: Record<string, string | string[]>, method = 'GET') =>
  new Promise<{ status: number; headers: IncomingMessage['headers']; body: string }>((resolve, reject) => {
    // A connection of its own: the server hangs up on the one it refused.
    const call = request(url, { method, headers, agent: false });
    call.on('response', (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('close', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    call.on('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new Error('the handshake was accepted'));
    });
    call.on('error', reject);
    call.end();
  });

type Message = { id?: string; event?: string; data?: string; retry?: string };

/** Takes a stream of server-sent events apart; comments are handed on as `comment`. */
export const messageParser = (
  onMessage: (message: Message) => void,
  onComment: () => void = () => undefined,
) => {
  let rest = '';
  return (chunk: string): void => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) onComment();
      else onMessage(Object.fromEntries(block.split('\n').map((line) => splitOnce(line))));
    }
  };
};

const splitOnce = (line: string): [string, string] => {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon), line.slice(colon + 2)];
};

/** An SSE client that keeps every frame and message; each frame must be of the documented form. */
export const streamClient = async (port: number, query = '', headers: Record<string, string> = {}) => {
  const frames: ServerFrame[] = [];
  const messages: Message[] = [];
  const seen = { comments: 0 };
  const call = request(`http://127.0.0.1:${String(port)}/api/v1/feed/sse${query}`, { headers });
  onTestFinished(() => void call.destroy());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve);
    call.on('error', reject);
    call.end();
  });
  const parse = messageParser(
    (message) => {
      messages.push(message);
      if (message.data !== undefined) frames.push(serverFrame.parse(JSON.parse(message.data)));
    },
    () => (seen.comments += 1),
  );
  answer.setEncoding('utf8');
  answer.on('data', parse);
  answer.on('error', () => undefined);
  const closed = new Promise<boolean>((resolve) => answer.on('close', () => resolve(answer.complete)));
  return { answer, call, messages, seen, closed, ...waits(frames) };
};
