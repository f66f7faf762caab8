import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { OpenDeps, Stores } from './compose-stores.ts';
import type { Config } from './config.ts';
import { copyDatabase } from './infra/backup/copy-database.ts';
import type { EventStore } from './infra/event-store/port.ts';
import { upToDamage } from './infra/event-store/up-to-damage.ts';
import { ownDirectory } from './infra/past-stores/own-directory.ts';
import { buildInThread } from './infra/past-stores/in-thread.ts';
import type { MakeDeps } from './infra/past-stores/make.ts';
import { pastStores } from './infra/past-stores/past-stores.ts';
import { embeddedReader, embeddedReadStore } from './infra/read-store/embedded/embedded.ts';
import { projections } from './projections/all.ts';
import { foldUpTo } from './projections/engine/fold-up-to.ts';
import { createAsOf } from './queries/as-of/as-of.ts';

const MIB = 1024 * 1024;
/** Of events folded in this thread before others get their turn: some milliseconds. */
const SMALL_BATCH = 512;
const THREAD = new URL('./as-of-thread.ts', import.meta.url);

type Parts = {
  readonly config: Config;
  readonly stores: Stores;
  readonly logger: FastifyBaseLogger;
  readonly closing: OpenDeps['closing'];
};

/**
 * What is asked of the past, on whatever log: the read models then are made from it, by the same projections, into
 * files beside what else is kept here.
 */
export const asOfOver = ({ config, stores, logger, closing }: Parts) => {
  const { keys, clock } = stores.ports;
  // What is damaged keeps nobody from asking about the time before.
  const log = upToDamage(stores.ports.store);
  const past = pastStores({
    directory: ownDirectory(join(config.DATA_DIR, 'as-of')),
    maxBytes: config.AS_OF_MIB * MIB,
    copy: (from, to) => copyDatabase(from, to, () => undefined),
    build: stores.ports.isShared ? buildHere(log) : buildInThread(THREAD, config.DATA_DIR),
    open: (dataDir, onFailure) => embeddedReader({ dataDir, onFailure }),
    onTrouble: (err) => logger.error({ err }, 'read models of the past could not be made'),
  });
  closing.push(past.close);
  return createAsOf({ log, keys, readStore: stores.readStore, now: clock.now, pastStores: past });
};

/** Servers are asked over the connections there are: folding takes turns with everything else. */
const buildHere =
  (log: EventStore): MakeDeps['build'] =>
  async ({ directory, ...way }) => {
    const readStore = await embeddedReadStore({ dataDir: directory });
    try {
      await foldUpTo({ log, readStore, projections, batch: SMALL_BATCH }, way);
    } finally {
      await readStore.close();
    }
  };
