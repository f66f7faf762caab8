import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Core } from './compose-core.ts';
import type { DutyDeps } from './compose-duties.ts';
import type { OpenDeps, Stores } from './compose-stores.ts';
import { busOf } from './config-servers.ts';
import type { Config } from './config.ts';
import { systemIds } from './infra/clock/system.ts';
import { buildHealthApp } from './infra/http/health-app.ts';
import type { Messaging } from './infra/messaging/messaging.ts';
import { bridgeLag } from './infra/messaging/out/bridge-lag.ts';
import { listen } from './infra/process/by-setting.ts';
import { createMetrics } from './infra/telemetry/metrics.ts';
import type { Metrics } from './infra/telemetry/metrics.ts';
import {
  bridgeSource,
  busSource,
  checkpointSource,
  dutySource,
  projectionSource,
  standingSource,
  taskSource,
} from './infra/telemetry/standing-metrics.ts';
import { unsignedSince } from './queries/audit/checkpoints.ts';
import { countStanding } from './queries/standing.ts';

/** What is measured, and the stores with what is written to the log counted; traced where that is wanted. */
export const measured = async (stores: Stores, config: Config, { logger, closing }: OpenDeps) => {
  const { ports } = stores;
  const onTrouble = (source: string, err: unknown): void => {
    logger.warn({ source, err }, 'metrics could not be read; they are left out');
  };
  const onLogFull = (isFull: boolean): void => {
    if (isFull) logger.error('the disk is full: nothing is written to the log, reads go on');
    else logger.info('the log has room again');
  };
  const metrics = createMetrics({ clock: ports.clock, onTrouble, onLogFull });
  const counted = metrics.meteredStore(ports.store);
  const tracing = await tracingOf(config, { ...ports, logger });
  if (tracing !== undefined) {
    closing.unshift(tracing.close);
    metrics.add(tracing.source);
  }
  const store = tracing?.store(counted) ?? counted;
  return { metrics, tracing, stores: { ...stores, ports: { ...ports, store } } };
};

/** What makes spans is loaded only where they go somewhere. */
const tracingOf = async (config: Config, deps: Pick<Stores['ports'], 'clock'> & Pick<OpenDeps, 'logger'>) => {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return undefined;
  const { openTracing } = await import('./compose-tracing.ts');
  return openTracing({ ...deps, config }, endpoint);
};

type Parts = {
  readonly config: Config;
  readonly stores: Stores;
  readonly core: Core;
  readonly metrics: Metrics;
};
type Looking = { readonly onMessaging: (messaging: Messaging) => void };

/** Adds what is looked up when somebody asks. To be told of the messaging over each bus that is opened. */
export const lookUp = (parts: Parts, { holder }: Pick<DutyDeps, 'holder'>): Looking => {
  const { config, stores, metrics } = parts;
  const { ports, readStore, projector } = stores;
  let bus: Messaging | undefined;
  metrics.add(
    taskSource(ports.queue),
    standingSource(countStanding(readStore)),
    projectionSource(projector),
    dutySource(ports.leases, holder),
    ...(config.SIGNING_KEY_FILE === undefined ? [] : [checkpointSource(checkpointAge(stores))]),
    ...(busOf(config) === 'off' ? [] : [bridgeOf(stores), busSource(() => bus?.status())]),
  );
  return { onMessaging: (messaging) => void (bus = messaging) };
};

const bridgeOf = ({ ports, eventsBetween }: Stores) =>
  bridgeSource(() => bridgeLag({ ...ports, eventsBetween }));

const checkpointAge =
  ({ ports: { store, clock } }: Stores) =>
  async (): Promise<number | undefined> => {
    const since = await unsignedSince(store)();
    return since === undefined ? undefined : Math.max(0, clock.now() - since) / 1000;
  };

type ProbeDeps = {
  readonly logger: FastifyBaseLogger;
  readonly isReady: () => boolean;
  /** What serves, to be closed by whoever closes the API. */
  readonly opened: FastifyInstance[];
};

/** Serves metrics and health on a port of their own, to everybody who can reach it, where the settings name one. */
export const probesOf = (config: Config, metrics: Metrics, deps: ProbeDeps): (() => Promise<void>) => {
  const { HOST: host, METRICS_PORT: port, BASE_PATH: basePath } = config;
  const { logger, opened, isReady } = deps;
  return async () => {
    if (port === undefined) return;
    const { exposition, isLogFull } = metrics;
    const served = { why: 'not_served_here', isReady, isLogFull, exposition, basePath } as const;
    const app = buildHealthApp({ logger, ids: systemIds(), ...served });
    opened.push(app);
    const address = await listen(app, { host, port }, 'HOST and METRICS_PORT');
    logger.info({ address }, 'metrics are served');
  };
};
