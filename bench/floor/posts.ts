import { z } from 'zod';
import { childOf, messageOf } from '../support/child.ts';
import { timed } from '../support/in-flight.ts';
import { pipelined } from '../support/pipelined.ts';

const IN_FLIGHT = 64;
const CONNECTIONS = 4;
const BODY = JSON.stringify({ order: 'a small thing', to: 'somebody', amount: 1234.5 });

/** POSTs per second that a bare Fastify answers in a process of its own, 64 in flight over a few connections. */
export const postFloor = async (count: number): Promise<number> => {
  const server = childOf('floor/post-server.ts');
  const address = `http://127.0.0.1:${await messageOf(server, z.int())}`;
  const { post, close } = pipelined(address, '/', { connections: CONNECTIONS });
  await timed(count / 4, IN_FLIGHT, () => post(BODY));
  const { completed, seconds } = await timed(count, IN_FLIGHT, () => post(BODY));
  close();
  server.kill();
  return completed / seconds;
};

/** Milliseconds until a bare Fastify listens, from the start of its process. */
export const startFloor = async (): Promise<number> => {
  const start = performance.now();
  const server = childOf('floor/post-server.ts');
  await messageOf(server, z.int());
  const took = performance.now() - start;
  server.kill();
  return took;
};
