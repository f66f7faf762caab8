import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { connectMongo } from '../../../src/infra/mongodb/connect.ts';
import type { MongoConnection } from '../../../src/infra/mongodb/connect.ts';
import { startMongo } from './mongo.ts';
import type { MongoServer } from './mongo.ts';

/** A server for one spec file, started before its tests and stopped after them. */
export const mongoConnections = () => {
  let server: MongoServer | undefined;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server?.stop());

  const connectTo = async (namespace: string): Promise<MongoConnection> => {
    if (server === undefined) throw new Error('no server was started');
    const troubles: Error[] = [];
    const onTrouble = (error: Error): void => void troubles.push(error);
    return connectMongo({ url: server.url, namespace, clock: systemClock(), onTrouble });
  };
  return {
    /** A connection as a process has it, closed by whoever asked for it. */
    connectTo,
    /** As many connections as processes, to collections nobody else uses; closed when the running test ends. */
    processes: async (count: number): Promise<readonly MongoConnection[]> => {
      const namespace = freshNamespace();
      const connections = await Promise.all(Array.from({ length: count }, () => connectTo(namespace)));
      onTestFinished(async () => {
        await Promise.all(connections.map((connection) => connection.close()));
      });
      return connections;
    },
  };
};

export const freshNamespace = (): string => `t${randomBytes(6).toString('hex')}`;
