import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { connectMongo } from '../../src/infra/mongodb/connect.ts';
import { mongoReadStore } from '../../src/infra/read-store/mongodb/mongodb.ts';
import type { MongoReadStore } from '../../src/infra/read-store/mongodb/mongodb.ts';

// A test that waits longer for its server waits in vain.
const WITHIN_MS = 30_000;

export type ConnectedStore = {
  readonly store: MongoReadStore;
  readonly connection: MongoConnection;
  readonly namespace: string;
  /** Drops what this namespace holds. */
  readonly forget: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export const freshNamespace = (): string => `t${randomUUID().replaceAll('-', '')}`;

/** A read store over a connection of its own, by default in a namespace of its own. */
export const connectedStore = async (options: {
  readonly url: string;
  readonly namespace?: string;
  readonly patienceMs?: number;
  readonly troubles?: Error[];
}): Promise<ConnectedStore> => {
  const { url, namespace = freshNamespace(), patienceMs = 0, troubles = [] } = options;
  const clock = systemClock();
  const onTrouble = (error: Error): void => void troubles.push(error);
  const connection = await connectMongo({
    url,
    namespace,
    clock,
    onTrouble,
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  const store = mongoReadStore({ connection, clock, random: systemRandom(), patienceMs });
  const forget = async (): Promise<void> => {
    const all = await connection.db.listCollections({}, { nameOnly: true }).toArray();
    for (const { name } of all)
      if (name.startsWith(`${namespace}_`)) await connection.db.dropCollection(name);
  };
  const close = async (): Promise<void> => {
    await store.close();
    await connection.close();
  };
  return { store, connection, namespace, forget, close };
};

/** The address of a server by way of a proxy on loopback; the driver then looks for no other members. */
export const urlThrough = (url: string, port: number): string => {
  const [address = '', query = ''] = url.split('?');
  const options = new URLSearchParams(query);
  options.delete('replicaSet');
  options.set('directConnection', 'true');
  return `${address.replace(/(\/\/(?:[^/]*@)?)[^/@]+/, `$1127.0.0.1:${String(port)}`)}?${options.toString()}`;
};
