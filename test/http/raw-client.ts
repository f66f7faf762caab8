import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';

export type RawConnection = {
  readonly socket: Socket;
  /** Everything the server sent until it closed the connection. */
  readonly all: Promise<string>;
  /** Resolves once the server has sent something that matches. */
  readonly until: (pattern: RegExp) => Promise<string>;
};

export const listen = async (app: FastifyInstance): Promise<number> => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
};

/** A connection on which a test writes bytes no HTTP client would send. */
export const openRaw = (port: number, bytes: string | Buffer): RawConnection => {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    socket.emit('grown');
  });
  const all = new Promise<string>((resolve) => {
    // The server may reset a connection it has answered while we still send: what came is what counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(received);
    });
  });
  socket.write(bytes);
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (pattern.test(received)) resolve(received);
      };
      socket.on('grown', look);
      look();
    });
  return { socket, all, until };
};
