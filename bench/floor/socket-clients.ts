// The clients of bench/floor/sockets.ts: node bench/floor/socket-clients.ts <port> <clients> <messages for each that do not count> <that do>
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { latenciesOf, wallMs } from '../support/latencies.ts';

const [port = 0, clients = 1, warmUp = 0, expected = 0] = process.argv.slice(2).map(Number);

const took: number[] = [];
const done = Promise.withResolvers<undefined>();
for (let index = 0; index < clients; index += 1) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => {
    took.push(wallMs() - Number.parseFloat(data.toString('latin1')));
    if (took.length === clients * (warmUp + expected)) done.resolve(undefined);
  });
}
process.send?.('connected');
await done.promise;
process.send?.(latenciesOf(took.slice(clients * warmUp)));
process.disconnect();
process.exit();
