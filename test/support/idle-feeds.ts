// A server with many WebSockets on which nothing happens (F-H-04), and what they cost it.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { readExposition } from './exposition.ts';
import { freshDirectory } from './fresh-directory.ts';
import { call, post } from './http-calls.ts';
import { startSkald } from './skald-server.ts';

const PROCESS = fileURLToPath(new URL('./idle-feeds-process.ts', import.meta.url));

const messages = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), closed: z.number() }),
  z.object({ kind: z.literal('pinged') }),
  z.object({ kind: z.literal('closed'), codes: z.array(z.number()).readonly() }),
]);
export type IdleFeedsMessage = z.infer<typeof messages>;
type Kind = IdleFeedsMessage['kind'];

/** The clients, in a process of their own. */
const clientsOf = (address: string, count: number) => {
  const child = fork(PROCESS, [new URL(address).port, String(count)]);
  const told = new Map<Kind, IdleFeedsMessage>();
  child.on('message', (message) => {
    const parsed = messages.parse(message);
    told.set(parsed.kind, parsed);
    child.emit(parsed.kind);
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    told: (kind: Kind): Promise<IdleFeedsMessage | undefined> =>
      new Promise((resolve) => {
        const look = (): void => resolve(told.get(kind));
        if (told.has(kind)) look();
        child.once(kind, look).once('close', look);
      }),
  };
};

const COMMANDS = 300;
const steps = [{ name: 'one', seq: 1, objectType: 'thing' }];

/** The server, warm, and how much memory and time it has taken so far. */
export const idleFeedServer = async () => {
  const server = await startSkald(freshDirectory());
  const { address } = server;
  await post(`${address}/api/orchestration/register`, { orchName: 'some', as: 'initiator', steps });
  const taken = async () => {
    const { valueOf } = readExposition((await call(`${address}/metrics`)).text);
    return {
      rssKib: (valueOf('process_resident_memory_bytes') ?? NaN) / 1024,
      cpuSeconds: valueOf('process_cpu_seconds_total') ?? NaN,
      feeds: valueOf('skald_feed_clients', { transport: 'socket' }),
    };
  };
  /** How much of a processor's time commands take, in milliseconds each; their statuses. */
  const command = async () => {
    const before = await taken();
    const statuses = new Set<number>();
    for (let sent = 0; sent < COMMANDS; sent += 1)
      statuses.add((await post(`${address}/api/orchestration/execute/some`, {})).status);
    const cpuMs = (1000 * ((await taken()).cpuSeconds - before.cpuSeconds)) / COMMANDS;
    return { statuses: [...statuses], cpuMs };
  };
  await command();
  return { server, taken, command, follow: (count: number) => clientsOf(address, count) };
};
