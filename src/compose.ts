import { once } from 'node:events';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { asOfOver } from './compose-as-of.ts';
import { authOf } from './compose-auth.ts';
import { coreOf, handlersOf } from './compose-core.ts';
import type { Core } from './compose-core.ts';
import { runDuties } from './compose-duties.ts';
import type { Duty } from './compose-duties.ts';
import { openEmbedded } from './compose-embedded.ts';
import { memoryShares } from './compose-memory.ts';
import { messagingDuties } from './compose-messaging.ts';
import { lookUp, measured, probesOf } from './compose-metrics.ts';
import { retentionDuties } from './compose-retention.ts';
import type { OpenDeps, OpenStores } from './compose-stores.ts';
import { timerDuties } from './compose-timers.ts';
import type { Config } from './config.ts';
import { systemClock, systemIds } from './infra/clock/system.ts';
import { createFeed } from './infra/feed/feed.ts';
import { liveDocuments } from './infra/feed/live-documents.ts';
import { buildApp } from './infra/http/app.ts';
import { closeApp, closeApps } from './infra/http/close-app.ts';
import { countedHandlers } from './infra/http/counted-handlers.ts';
import { buildHealthApp } from './infra/http/health-app.ts';
import { cursorCodec } from './infra/http/cursor.ts';
import { listCursorCodec } from './infra/http/list-cursor.ts';
import { asyncApiOf } from './infra/messaging/asyncapi.ts';
import { eventTypeForms } from './infra/messaging/event-types.ts';
import { listen } from './infra/process/by-setting.ts';
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

export type ComposeDeps = Omit<OpenDeps, 'closing'>;

/**
 * Wires the whole product, on its embedded adapters or on servers, for the roles of this process.
 *
 * @throws DataDirLocked, WrongMasterKey, MasterKeyInvalid, NewerLayout, UnsafeDatabase, CheckpointMissing
 */
export const compose = async (config: Config, deps: ComposeDeps): Promise<Skald> => {
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const wired = await wire(config, { ...deps, closing });
    return { ...wired, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
};

const wire = async (config: Config, deps: OpenDeps): Promise<Omit<Skald, 'close'>> => {
  const { logger, closing } = deps;
  const waitingRoom = await waitingRoomOf(config, deps);
  const { stores, metrics, tracing } = await measured(await openStores(config, deps), config, deps);
  const core = coreOf(stores, config, logger);
  const parts = await edgeOf({ config, stores, core, logger, metrics, tracing, closing });
  const { clock, random, leases, ids } = stores.ports;
  const { ROLE_LEASE_MS: leaseMs, ROLES: roles } = config;
  const dutyDeps = { clock, random, leases, logger, holder: ids.next(), leaseMs, roles };
  const ofMessaging = await messagingDuties({ ...parts, ...deps, dutyDeps, ...lookUp(parts, dutyDeps) });
  const duties = [
    ...stores.duties,
    ...ownDuties(core),
    ...retentionDuties({ ...parts, ...deps, metrics }),
    ...timerDuties(core.deps, dutyDeps),
    ...core.witness.duties,
    ...core.replay.duties(parts.cursorOf, dutyDeps),
    ...ofMessaging,
  ];
  const { app, opened, isReady, handlers } = parts;
  const serveProbes = probesOf(config, metrics, { logger, opened, isReady: handlers.isReady });
  const { ready, run } = workOf(core, deps, (signal) => runDuties(dutyDeps, duties, signal));
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  closing.push(async () => {
    stopping.abort();
    await Promise.all(running);
  });
  closing.push(() => closeApps(opened, clock));
  closing.push(() => (isReady.value = false));
  const start = async () => {
    running.push(run(stopping.signal));
    await ready;
    isReady.value = true;
    await waitingRoom?.close();
    await serveProbes();
    return { address: await listen(app, { host: config.HOST, port: config.PORT }) };
  };
  return { app, start, notes: stores.notes };
};

/** What speaks to servers is loaded only where there are any: it would double the time of a start. */
const openStores: OpenStores = async (config, deps) => {
  if (config.EVENTSTOREDB_URL === undefined) return openEmbedded(config, deps);
  const { openServers } = await import('./compose-servers.ts');
  return openServers(config, deps);
};

/** While servers are waited for, whoever asks is told so. What is in a data directory is there at once. */
const waitingRoomOf = async (config: Config, { logger, closing }: OpenDeps) => {
  const { BASE_PATH: basePath } = config;
  if (config.EVENTSTOREDB_URL === undefined) return undefined;
  const room = buildHealthApp({ logger, ids: systemIds(), why: 'starting', isReady: () => false, basePath });
  const close = () => closeApp(room, systemClock());
  closing.push(close);
  await listen(room, { host: config.HOST, port: config.PORT });
  return { close };
};

type Inside = Awaited<ReturnType<typeof measured>> & {
  readonly config: Config;
  readonly core: Core;
  readonly logger: FastifyBaseLogger;
  readonly closing: OpenDeps['closing'];
};

/** The HTTP edge over the write side and the read side. */
const edgeOf = async (inside: Inside) => {
  const { config, stores, core, logger, metrics, tracing } = inside;
  const { readStore, projector, ports } = stores;
  const { store, keys, clock, random, ids } = ports;
  const cursor = cursorCodec({ ...store, key: await keys.secret('cursor') });
  const listCursor = listCursorCodec({ key: await keys.secret('list-cursor') });
  const { handlers: all, isReady } = handlersOf(core, stores.isUp, tracing?.attempt);
  const handlers = countedHandlers(all, metrics.commanded, tracing?.command);
  const onTrouble = (err: unknown): void => logger.error({ err }, 'a feed had to end');
  const specs = projections.map(({ spec }) => spec);
  const documents = liveDocuments({ readStore, onChange: projector.onChange, specs });
  const live = createFeed({ store, cursor, clock, documents, onTrouble });
  const feed = { feed: metrics.meteredFeed(live), clock, random };
  const { livenessOf } = core.presence;
  const queries = createQueries({ readStore, log: store, livenessOf, reached: projector.reached });
  const auth = await authOf(config, { ...inside, clock });
  const edge = { auth, cursor, listCursor, logger, ids };
  const asOf = asOfOver(inside);
  const { BASE_PATH: basePath, RATE_LIMITS: rateLimits } = config;
  const switches = {
    ...{ basePath, rateLimits, metrics, traceRequests: tracing?.requests },
    isInternalApiOff: config.INTERNAL_API === 'off',
    mostBodyBytes: memoryShares().bodyBytes,
  };
  const published = { asyncApi: asyncApiOf(core.deps.topics), eventTypes: eventTypeForms };
  const app = config.ROLES.has('api')
    ? await buildApp({ ...edge, ...switches, handlers, queries, asOf, feed, projector, ...published })
    : buildHealthApp({ logger, ids, why: 'not_served_here', isReady: handlers.isReady, basePath });
  return { ...inside, app, opened: [app], isReady, handlers, cursorOf: cursor.encode };
};

const ownDuties = ({ deps: { isShared }, engineWith, watchWith }: Core): readonly Duty[] => [
  ...(isShared
    ? [
        {
          name: 'reactor',
          role: 'reactor',
          isSingle: true,
          run: (signal: AbortSignal) => engineWith().run(signal),
        } as const,
      ]
    : []),
  {
    name: 'watch',
    role: 'sweeper',
    isSingle: true,
    run: async (signal) => {
      const watch = watchWith();
      watch.start();
      if (!signal.aborted) await once(signal, 'abort');
      await watch.stop();
    },
  },
];

/**
 * The embedded log has one process: its reactor is the follower too, and where that fails the log has. On servers the
 * reactor is a duty that may fall to any process.
 */
const workOf = (core: Core, { onFatal }: OpenDeps, runAllDuties: (signal: AbortSignal) => Promise<void>) => {
  const follower = core.ports.isShared ? core.follower : core.engineWith();
  const run = async (signal: AbortSignal): Promise<void> => {
    const following = follower.run(signal).catch(onFatal);
    await Promise.race([follower.ready, following]);
    await runAllDuties(signal);
    await following;
  };
  return { run, ready: follower.ready };
};
