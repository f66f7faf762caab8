// Skald as it comes: a server, a worker of the SDK over its WebSocket, and a client, each a process of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds } from '../support/machine.ts';
import { startSagaWorld } from '../support/saga-world.ts';
import type { Peer } from './peer.ts';

const MOST_IN_FLIGHT = 256;

export const skald = (isSequential: boolean): Peer => ({
  name: 'Skald',
  missing: () => undefined,
  start: async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'skald-bench-'));
    const shape = isSequential ? 'sequential' : 'simultaneous';
    const own = { dataDir, bus: 'embedded', transport: 'stream', inFlight: MOST_IN_FLIGHT };
    const world = await startSagaWorld({ ...own, shape });
    return {
      durability: 'SQLite, WAL, synchronous = FULL (never otherwise)',
      run: world.run,
      serverCpu: () => cpuSeconds(world.pid),
      stop: async () => {
        await world.stop();
        await rm(dataDir, { recursive: true });
      },
    };
  },
});
