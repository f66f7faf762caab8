import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { WebSocketServer } from 'ws';
import { childOf, latencies, messageOf } from '../support/child.ts';
import type { Latencies } from '../support/latencies.ts';
import { wallMs } from '../support/latencies.ts';
import { atRate } from '../support/paced.ts';
import { plainLog } from './plain-log.ts';

export type FanOut = {
  readonly clients: number;
  readonly rate: number;
  /** Seconds at that rate before, which do not count. */
  readonly warmUp: number;
  readonly seconds: number;
  readonly bytes: number;
};

/**
 * Milliseconds from before an event is committed with node:sqlite until it is at its clients, in another process,
 * sent with nothing but `ws`: what no feed of durable events can beat. What is due together shares a commit.
 */
export const fanOutFloor = async (
  dataDir: string,
  { clients, rate, warmUp, seconds, bytes }: FanOut,
): Promise<Latencies> => {
  const log = plainLog(join(dataDir, `floor-${crypto.randomUUID()}.db`));
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const address = z.object({ port: z.int() }).parse(server.address());
  const child = childOf('floor/socket-clients.ts', [
    ...[address.port, clients, Math.round(rate * warmUp), Math.round(rate * seconds)],
  ]);
  await messageOf(child, z.literal('connected'));
  const seen = messageOf(child, latencies);
  const filler = 'x'.repeat(bytes);
  await atRate(rate, warmUp + seconds, (due) => {
    const sentAt = String(wallMs());
    log.append(due);
    const message = Buffer.from(`${sentAt} ${filler}`);
    for (let index = 0; index < due; index += 1)
      for (const socket of server.clients) socket.send(message, { binary: false });
  });
  const result = await seen;
  server.close();
  log.close();
  return result;
};
