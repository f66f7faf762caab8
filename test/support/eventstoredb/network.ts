import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import type { Server, ServerCredentials } from '@grpc/grpc-js';

export type Listener = {
  readonly port: number;
  /** Cuts every connection, as a killed process does; new ones are still accepted. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
};

export type ListenOptions = {
  readonly credentials: ServerCredentials;
  /** 0 for a free one. */
  readonly port: number;
};

/** Accepts loopback connections and gives them to the gRPC server, so that the double holds their sockets. */
export const listen = async (server: Server, options: ListenOptions): Promise<Listener> => {
  const { credentials, port } = options;
  const sockets = new Set<Socket>();
  const injector = server.createConnectionInjector(credentials);
  const tcp = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A connection the client resets is no event for a server.
    socket.on('error', () => undefined);
    injector.injectConnection(socket);
  });
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  const cut = () => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port: address.port,
    cut,
    close: async () => {
      const closed = once(tcp, 'close');
      tcp.close();
      cut();
      injector.destroy();
      server.forceShutdown();
      await closed;
    },
  };
};
