import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { coreOf, handlersOf } from './compose-core.ts';
import type { Core } from './compose-core.ts';
import { openPorts } from './compose-ports.ts';
import type { Ports } from './compose-ports.ts';
import { openReadSide } from './compose-read-side.ts';
import type { Config } from './config.ts';
import { createFeed } from './infra/feed/feed.ts';
import { liveDocuments } from './infra/feed/live-documents.ts';
import { buildApp } from './infra/http/app.ts';
import { loopbackOnly } from './infra/http/auth.ts';
import { cursorCodec } from './infra/http/cursor.ts';
import { listCursorCodec } from './infra/http/list-cursor.ts';
import { projections } from './projections/all.ts';
import { createQueries } from './queries/queries.ts';

export type Skald = {
  readonly app: FastifyInstance;
  /** Follows the log, waits until everything in it has been taken up, then listens. */
  readonly start: () => Promise<{ readonly address: string }>;
  /** Stops taking work, finishes what is under way, closes everything; safe to call at any time. */
  readonly close: () => Promise<void>;
  /** What whoever started it should know. */
  readonly notes: readonly string[];
};

export type ComposeDeps = {
  readonly logger: FastifyBaseLogger;
  /** The log or the keys can no longer be trusted: the process must end. */
  readonly onFatal: (error: unknown) => void;
};

/**
 * Wires the whole product on its embedded adapters. Takes the data directory for this process.
 *
 * @throws DataDirLocked, WrongMasterKey, MasterKeyInvalid, NewerLayout, UnsafeDatabase
 */
export const compose = async (config: Config, deps: ComposeDeps): Promise<Skald> => {
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return await wire(config, deps, closing, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
};

const wire = async (
  config: Config,
  { logger, onFatal }: ComposeDeps,
  closing: (() => unknown)[],
  closeAll: () => Promise<void>,
): Promise<Skald> => {
  const { notes, ...ports } = await openPorts(config, onFatal, closing);
  const { readStore, projector } = await openReadSide({
    ...ports,
    dataDir: config.DATA_DIR,
    logger,
    onFatal,
    closing,
  });
  const core = coreOf(ports, config, logger);
  const { app, isReady } = await edgeOf({ ports, core, readStore, projector, logger });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  closing.push(() => {
    stopping.abort();
    return running;
  });
  closing.push(core.watch.stop);
  closing.push(() => app.close());
  closing.push(() => (isReady.value = false));
  const start = async () => {
    running = core.engine.run(stopping.signal).catch(onFatal);
    await core.engine.ready;
    isReady.value = true;
    core.watch.start();
    return { address: await app.listen({ host: config.HOST, port: config.PORT }) };
  };
  return { app, start, close: closeAll, notes };
};

type Inside = {
  readonly ports: Ports;
  readonly core: Core;
  readonly logger: FastifyBaseLogger;
} & Awaited<ReturnType<typeof openReadSide>>;

/** The HTTP edge over the write side and the read side. */
const edgeOf = async ({ ports, core, readStore, projector, logger }: Inside) => {
  const { store, keys, clock, random, ids } = ports;
  const cursor = cursorCodec({ logId: store.logId, key: await keys.secret('cursor') });
  const listCursor = listCursorCodec({ key: await keys.secret('list-cursor') });
  const { handlers, isReady } = handlersOf(core);
  const onTrouble = (err: unknown): void => logger.error({ err }, 'a feed had to end');
  const specs = projections.map(({ spec }) => spec);
  const documents = liveDocuments({ readStore, onChange: projector.onChange, specs });
  const feed = { feed: createFeed({ store, cursor, clock, documents, onTrouble }), clock, random };
  const { livenessOf } = core.presence;
  const queries = createQueries({ readStore, log: store, livenessOf, reached: projector.reached });
  const edge = { auth: loopbackOnly, cursor, listCursor, logger, ids };
  const app = await buildApp({ ...edge, handlers, queries, feed, projector });
  return { app, isReady };
};
