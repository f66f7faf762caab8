import type { Socket } from 'node:net';

/** Two sockets of a proxy that end together, kept in `open` until they have. Answers what ends them. */
export const tied = (client: Socket, server: Socket, open: Set<Socket>): (() => void) => {
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) {
    open.add(socket);
    socket.on('error', end).on('close', () => {
      open.delete(socket);
      end();
    });
  }
  return end;
};
