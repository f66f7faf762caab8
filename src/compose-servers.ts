import type { OpenDeps, OpenStores, Ports } from './compose-stores.ts';
import type { Duty } from './compose-duties.ts';
import { keyNotes, masterKeyOf } from './compose-embedded.ts';
import { memoryShares } from './compose-memory.ts';
import type { MemoryShares } from './compose-memory.ts';
import type { Config } from './config.ts';
import { systemClock, systemIds, systemRandom } from './infra/clock/system.ts';
import { eventStoreDb } from './infra/event-store/eventstoredb/eventstoredb.ts';
import { mongoKeys } from './infra/keys/mongodb.ts';
import { mongoLeases } from './infra/leases/mongodb.ts';
import { connectMongo } from './infra/mongodb/connect.ts';
import type { MongoConnection } from './infra/mongodb/connect.ts';
import { countBetween } from './infra/projector/count-between.ts';
import { mongoPresence } from './infra/presence/mongodb.ts';
import { hostProjector } from './infra/projector/host.ts';
import { mongoMailbox } from './infra/projector/mongodb-mailbox.ts';
import { sharedProjector } from './infra/projector/shared.ts';
import { mongoReadStore } from './infra/read-store/mongodb/mongodb.ts';
import { mongoSnapshots } from './infra/snapshots/mongodb.ts';
import { mongoTaskQueue } from './infra/task-queue/mongodb/mongodb.ts';
import { projections } from './projections/all.ts';
import { createProjector } from './projections/engine/projector.ts';

/**
 * Connects to EventStoreDB and MongoDB, and waits for them for as long as it takes.
 *
 * @throws WrongMasterKey, MasterKeyInvalid
 */
export const openServers: OpenStores = async (config, deps) => {
  const { closing } = deps;
  const mongo = await openMongo(config, deps);
  closing.push(mongo.close);
  const { store, notes, ...ports } = await openPorts(config, mongo, deps);
  const presence = await mongoPresence({
    ...{ connection: mongo, clock: ports.clock, process: ports.ids.next() },
    onTrouble: (err) => {
      deps.logger.warn({ err }, 'signs of life of workers could not be shared; it is tried again');
    },
  });
  closing.push(presence.stop);
  const readSide = openReadSide({ ...ports, store }, mongo, deps);
  return {
    ...{ ...readSide, presence },
    ports: { ...ports, store },
    eventsBetween: countBetween(store),
    notes,
    isUp: () => mongo.isUp() && store.isUp(),
  };
};

const SERVER_NOTE = 'a server does not answer as it should; it is tried again';

const openMongo = ({ MONGODB_URL: url, NAMESPACE: namespace }: Config, { logger }: OpenDeps) => {
  if (url === undefined) throw new TypeError('there is no MONGODB_URL');
  return connectMongo({
    ...{ url: url.reveal(), namespace, clock: systemClock() },
    onTrouble: (err) => logger.warn({ err, server: 'mongodb' }, SERVER_NOTE),
  });
};

const openStore = (
  { EVENTSTOREDB_URL: url, NAMESPACE: namespace }: Config,
  { logger }: OpenDeps,
  tail: MemoryShares['tail'],
) => {
  if (url === undefined) throw new TypeError('there is no EVENTSTOREDB_URL');
  return eventStoreDb({
    ...{ url: url.reveal(), namespace, clock: systemClock(), random: systemRandom(), tail },
    onTrouble: (err) => logger.warn({ err, server: 'eventstoredb' }, SERVER_NOTE),
  });
};

const openPorts = async (config: Config, connection: MongoConnection, deps: OpenDeps) => {
  const { closing } = deps;
  const clock = systemClock();
  const master = masterKeyOf(config, false);
  const { key: masterKey, previous } = master;
  const keys = await mongoKeys({ connection, clock, masterKey, previous });
  closing.push(keys.close);
  const { cacheBytes, tail } = memoryShares();
  const store = await openStore(config, deps, tail);
  closing.push(store.close);
  const queue = await mongoTaskQueue({ connection, clock });
  closing.push(queue.close);
  const chance = { random: systemRandom(), ids: systemIds() };
  const { checkpoints } = store;
  return {
    ...{ clock, keys, store, checkpoints, queue, ...chance, notes: keyNotes(master) },
    leases: mongoLeases({ connection, clock }),
    snapshots: mongoSnapshots({ connection, logId: store.logId }),
    ...{ isShared: true, cacheBytes },
  };
};

/** Nobody waits for the projector: it outlasts an outage, in milliseconds. */
const PATIENCE_MS = 120_000;

const openReadSide = (
  { store, clock, random }: Pick<Ports, 'store' | 'clock' | 'random'>,
  mongo: MongoConnection,
  { logger, closing }: OpenDeps,
) => {
  const storeWith = (patienceMs: number) => mongoReadStore({ connection: mongo, clock, random, patienceMs });
  const readStore = storeWith(0);
  closing.push(readStore.close);
  const patient = storeWith(PATIENCE_MS);
  closing.push(patient.close);
  const mailbox = mongoMailbox(mongo, clock);
  const projector = sharedProjector({
    ...{ log: store, clock, mailbox, eventsBetween: countBetween(store) },
    look: readStore.movedSince,
    onTrouble: (err) => {
      logger.warn({ err }, 'the read models could not be looked at; it is tried again');
    },
  });
  closing.push(projector.close);
  const duty: Duty = {
    name: 'projector',
    role: 'projector',
    isSingle: true,
    run: (signal) =>
      hostProjector(
        {
          engineWith: (onMoved) =>
            createProjector({ log: store, readStore: patient, projections, clock, onMoved }),
          ...{ log: store, mailbox, clock, onMoved: projector.moved },
        },
        signal,
      ),
  };
  return { readStore, projector, duties: [duty] };
};
