import { mongoLeases } from '../../src/infra/leases/mongodb.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { leasesContract } from '../contracts/leases.contract.ts';
import { mongoConnections } from '../support/servers/mongo-connections.ts';

const { processes } = mongoConnections();

/** A process with a clock of its own, a long way from anybody else's. */
const contender = (connection: MongoConnection | undefined, start: number) => {
  if (connection === undefined) throw new Error('no connection');
  let now = start;
  return {
    leases: mongoLeases({ connection, clock: { now: () => now } }),
    pass: (ms: number): void => void (now += ms),
    passed: () => now - start,
  };
};

leasesContract('MongoDB', async () => {
  const [one, two] = await processes(2);
  const contenders = { first: contender(one, 1_000_000), second: contender(two, 5) };
  return {
    first: contenders.first.leases,
    second: contenders.second.leases,
    passFor: (side, ms) => {
      contenders[side].pass(ms);
    },
    passedFor: (side) => contenders[side].passed(),
  };
});
