import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

/** What the server answers on one connection before it closes it. */
const MOST_ON_CONNECTION = 1000;
const HEAD_END = '\r\n\r\n';

type Line = { readonly socket: Socket; readonly waiting: ((body: string) => void)[]; sent: number };

/**
 * POSTs JSON to one path over a few connections that stay open, without waiting for one answer before the next
 * request: what HTTP/2 does, at the cost of next to nothing. Any status but 200 ends the process.
 */
export const pipelined = (
  address: string,
  path: string,
  options: { readonly connections: number; readonly headers?: Readonly<Record<string, string>> },
) => {
  const { hostname, port } = new URL(address);
  const names = { host: `${hostname}:${port}`, 'content-type': 'application/json', ...options.headers };
  const head = Object.entries(names).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `POST ${path} HTTP/1.1\r\n${head.join('')}content-length: `;
  const sockets: Socket[] = [];
  const open = (): Line => {
    const socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    sockets.push(socket);
    return opened(socket);
  };
  const lines = Array.from({ length: options.connections }, open);
  let turn = 0;
  return {
    post: (body: string): Promise<string> =>
      new Promise((resolve) => {
        turn = (turn + 1) % lines.length;
        const line = usable(lines, turn, open);
        line.sent += 1;
        line.waiting.push(resolve);
        gathered(line.socket).write(`${start}${Buffer.byteLength(body)}${HEAD_END}${body}`);
      }),
    close: (): void => {
      for (const socket of sockets) socket.destroy();
    },
  };
};

const usable = (lines: Line[], at: number, open: () => Line): Line => {
  const line = lines[at];
  if (line !== undefined && line.sent < MOST_ON_CONNECTION) return line;
  return (lines[at] = open());
};

/** What is sent before the event loop turns goes out in one write. */
const gathered = (socket: Socket): Socket => {
  if (socket.writableCorked > 0) return socket;
  socket.cork();
  process.nextTick(() => socket.uncork());
  return socket;
};

const opened = (socket: Socket): Line => {
  const line: Line = { socket, waiting: [], sent: 0 };
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (let end = endOfFirst(text); end !== undefined; end = endOfFirst(text)) {
      const answer = text.slice(0, end);
      text = text.slice(end);
      if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(answer);
      line.waiting.shift()?.(answer.slice(answer.indexOf(HEAD_END) + HEAD_END.length));
    }
  });
  return line;
};

/** Where the first answer ends; undefined while it is not all there. */
const endOfFirst = (text: string): number | undefined => {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${text.slice(0, headEnd)}`);
  const end = headEnd + HEAD_END.length + Number(length);
  return text.length < end ? undefined : end;
};
