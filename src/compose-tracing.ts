import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { effectIdOf } from './commands/deterministic-ids.ts';
import type { Ports } from './compose-stores.ts';
import { busOf } from './config-servers.ts';
import { exportHeaders } from './config-tracing.ts';
import type { Config } from './config.ts';
import { systemIds } from './infra/clock/system.ts';
import type { EventStore, StoredEvent } from './infra/event-store/port.ts';
import { product } from './infra/http/product.ts';
import { traceRequests } from './infra/http/trace-requests.ts';
import { tracedCommand } from './infra/http/traced-command.ts';
import type { MessageBus, OutRecord } from './infra/message-bus/port.ts';
import { askedMs, post } from './infra/outbound/post.ts';
import type { Posted } from './infra/outbound/post.ts';
import { traceSource } from './infra/telemetry/trace-metrics.ts';
import { tellAttempts } from './infra/tracing/attempts.ts';
import { rejectedIn } from './infra/tracing/otlp-answer.ts';
import { otlpJson } from './infra/tracing/otlp-json.ts';
import { attemptContext, traceparentText } from './infra/tracing/port.ts';
import type { AttemptTracer, SpanContext, Tracing } from './infra/tracing/port.ts';
import { spanExport } from './infra/tracing/span-export.ts';
import type { ExportDeps, Sent } from './infra/tracing/span-export.ts';
import { tracedBus } from './infra/tracing/traced-bus.ts';
import { appendContext, tracedStore } from './infra/tracing/traced-store.ts';
import { createTracing } from './infra/tracing/tracing.ts';
import type { Secret } from './secret.ts';

type Deps = Pick<Ports, 'clock'> & { readonly config: Config; readonly logger: FastifyBaseLogger };

/** For everything together, as OpenTelemetry's exporters. */
const TIMEOUT_MS = 10_000;

/** Everything that makes spans of what this process does, and sends them. Loaded only where they are wanted. */
export const openTracing = ({ config, clock, logger }: Deps, endpoint: Secret) => {
  const agents = collectorAgents();
  const sending = spanExport({
    clock,
    mostWaiting: config.OTEL_BSP_MAX_QUEUE_SIZE,
    send: sender({ config, clock }, endpoint, agents),
    onTrouble: (why) => {
      logger.warn({ why }, 'spans cannot be exported; what waits for too long is dropped');
    },
    onWell: () => logger.info('spans are exported again'),
  });
  const tracing = createTracing({
    now: () => performance.timeOrigin + performance.now(),
    ratio: ratioOf(config),
    take: sending.take,
  });
  const onUntold = (err: unknown): void => {
    sending.untold();
    logger.debug({ err }, 'an attempt is not traced');
  };
  const close = async (): Promise<void> => {
    await sending.close();
    for (const agent of Object.values(agents)) agent.destroy();
  };
  return { ...watching(tracing, config, onUntold), source: traceSource(sending.counts), close };
};
export type OpenTracing = ReturnType<typeof openTracing>;

/** What puts spans around each part. */
const watching = (tracing: Tracing, config: Config, onUntold: (error: unknown) => void) => {
  const causes = new WeakMap<OutRecord, SpanContext>();
  return {
    command: tracedCommand(tracing),
    attempt: attemptTracer(tracing),
    requests: (app: FastifyInstance): void => {
      traceRequests(app, tracing);
    },
    store: (store: EventStore): EventStore => {
      const onAppended = tellAttempts({ tracing, store, effectIdOf, onUntold });
      return tracedStore(store, { tracing, system: storeSystem(config), onAppended });
    },
    bus: (bus: MessageBus): MessageBus =>
      tracedBus(bus, { tracing, system: busSystem(config), causeOf: (record) => causes.get(record) }),
    /** A record tells of an event: what appended that is what caused it. */
    onRecord: (record: OutRecord, { stream, metadata }: StoredEvent): void => {
      causes.set(record, appendContext(stream, metadata));
    },
  };
};

const attemptTracer =
  ({ isSampled }: Tracing): AttemptTracer =>
  (correlationId, attempt) => {
    const context = attemptContext(correlationId, attempt);
    return traceparentText(context, isSampled(context.traceId));
  };

const storeSystem = ({ EVENTSTOREDB_URL }: Config): string =>
  EVENTSTOREDB_URL === undefined ? 'sqlite' : 'eventstoredb';
const busSystem = (config: Config): string => (busOf(config) === 'kafka' ? 'kafka' : 'skald');

const ratioOf = ({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share }: Config): number => {
  if (sampler === 'traceidratio') return share;
  return sampler === 'always_on' ? 1 : 0;
};

const collectorAgents = () => {
  const kept = { keepAlive: true, maxSockets: 1 } as const;
  return { 'http:': new Agent(kept), 'https:': new SecureAgent(kept) };
};

const sender = (
  { config, clock }: Pick<Deps, 'config' | 'clock'>,
  endpoint: Secret,
  agents: ReturnType<typeof collectorAgents>,
): ExportDeps['send'] => {
  const url = new URL(endpoint.reveal());
  const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:'];
  const headers = exportHeaders(config.OTEL_EXPORTER_OTLP_HEADERS?.reveal());
  const exporting = {
    ...{ serviceName: config.OTEL_SERVICE_NAME, version: product.version },
    instanceId: systemIds().next(),
  };
  return async (spans) => {
    const body = otlpJson(exporting, spans);
    const posted = await post({ url, body, headers, agent, timeoutMs: TIMEOUT_MS });
    return sentAs(posted, spans.length, clock.now());
  };
};

/** As OTLP says which answers are worth another try. */
const PASSING = new Set([429, 502, 503, 504]);

const sentAs = (posted: Posted, count: number, now: number): Sent => {
  if (posted.kind === 'unanswered') return { kind: 'again', why: posted.why };
  if (posted.status >= 200 && posted.status <= 299)
    return { kind: 'exported', ...rejectedIn(posted.text, count) };
  const why = `the collector answered ${posted.status}`;
  if (!PASSING.has(posted.status)) return { kind: 'refused', why };
  return { kind: 'again', why, askedMs: askedMs(posted, now) };
};
