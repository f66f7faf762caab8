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

/** Keeps what collections of a namespace hold now, and puts it back. */
export const dumped = async (
  { connection, namespace }: ConnectedStore,
  beginning = '_',
): Promise<() => Promise<void>> => {
  const listed = await connection.db.listCollections({}, { nameOnly: true }).toArray();
  const names = listed.map(({ name }) => name).filter((name) => name.startsWith(namespace + beginning));
  const collections = names.map((name) => connection.db.collection(name));
  const kept = await Promise.all(collections.map((one) => one.find().toArray()));
  return async () => {
    for (const [index, one] of collections.entries()) {
      const documents = kept[index] ?? [];
      for (const document of documents)
        await one.replaceOne({ _id: document._id }, document, { upsert: true });
      await one.deleteMany({ _id: { $nin: documents.map(({ _id }) => _id) } });
    }
  };
};
