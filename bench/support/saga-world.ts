// The server, the worker and the client of runs of three steps: three processes.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { keepAlive } from './keep-alive.ts';
import type { SagaServerOptions } from './saga-server.ts';
import { saga, startSagaServer } from './saga-server.ts';

/** Milliseconds are those from the call that starts a run to the sight of its end. */
export const measured = z.object({
  completed: z.int(),
  seconds: z.number(),
  p50: z.number(),
  p99: z.number(),
});
export type Measured = Readonly<z.infer<typeof measured>>;

export type SagaWorldOptions = SagaServerOptions & {
  /** Of the steps: sequential or simultaneous. */
  readonly shape: string;
  /** Of the worker: stream or poll. */
  readonly transport: string;
  /** The most runs that are to be in flight at a time. */
  readonly inFlight: number;
};

const fileOf = (name: string): string => join(import.meta.dirname, '..', name);

const register = async (address: string, type: string): Promise<void> => {
  const post = keepAlive(address, 1);
  const body = JSON.stringify({ ...saga.definition, as: 'initiator', type });
  await post('/api/orchestration/register', body, { 'x-service-name': saga.service });
};

/** More than can ever be in flight: no task waits for room. */
const concurrencyFor = (inFlight: number): number => Math.min(1000, 3 * inFlight);

const startWorker = async (address: string, inFlight: number, transport: string) => {
  const args = [address, saga.service, saga.definition.orchName, String(concurrencyFor(inFlight)), transport];
  const worker = spawn(process.execPath, [fileOf('saga-worker.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(worker.stdout, 'data');
  return worker;
};

/** One at a time, each start waits for the end of its run (Prefer: wait); else the ends are seen on a feed. */
const runClient = async (address: string, runs: number, inFlight: number): Promise<Measured> => {
  const ends = inFlight === 1 ? 'wait' : 'feed';
  const args = [address, saga.definition.orchName, String(runs), String(inFlight), ends];
  const { stdout } = await promisify(execFile)(process.execPath, [fileOf('saga-client.ts'), ...args]);
  return measured.parse(JSON.parse(stdout));
};

/** All of it at work, for as many measurements as one likes. */
export const startSagaWorld = async (options: SagaWorldOptions) => {
  const server = await startSagaServer(options);
  await register(server.address, options.shape);
  const worker = await startWorker(server.address, options.inFlight, options.transport);
  return {
    address: server.address,
    pid: server.pid,
    workerPid: worker.pid ?? 0,
    run: (runs: number, inFlight: number): Promise<Measured> => runClient(server.address, runs, inFlight),
    stop: async (): Promise<void> => {
      worker.kill('SIGKILL');
      await server.stop();
    },
    /** For the end of a measurement that failed. */
    kill: (): void => {
      worker.kill('SIGKILL');
      server.kill();
    },
  };
};

export type SagaWorld = Awaited<ReturnType<typeof startSagaWorld>>;
