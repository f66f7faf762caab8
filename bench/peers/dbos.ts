import { z } from 'zod';
import { childOf, messageOf } from '../support/child.ts';
import { measured } from '../support/saga-world.ts';
import type { Peer, RunningPeer } from './peer.ts';
import { ended } from './peer.ts';
import { pgCtl, startPostgres } from './postgres.ts';

const start = async (isSequential: boolean): Promise<RunningPeer> => {
  const postgres = startPostgres();
  const runs = childOf('peers/dbos-runs.mjs', [
    postgres.address,
    isSequential ? 'sequential' : 'simultaneous',
  ]);
  const durability = await messageOf(runs, z.string());
  return {
    durability,
    run: (count, inFlight) => {
      const result = messageOf(runs, measured);
      runs.send({ runs: count, inFlight });
      return result;
    },
    // Workflows, load and PostgreSQL's many processes: none of them is the server alone.
    serverCpu: () => undefined,
    stop: async () => {
      await ended(runs, 'SIGKILL');
      postgres.stop();
    },
  };
};

export const dbos = (isSequential: boolean): Peer => ({
  name: 'DBOS',
  missing: () =>
    pgCtl() === undefined ? 'no PostgreSQL of the distribution (pg_ctl) is installed' : undefined,
  start: () => start(isSequential),
});
