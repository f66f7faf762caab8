import type { FastifyBaseLogger } from 'fastify';
import { runEraser } from './commands/instance/eraser.ts';
import type { EraserDeps } from './commands/instance/eraser.ts';
import type { RetentionReads } from './commands/instance/retention-port.ts';
import { createRetention } from './commands/instance/retention.ts';
import type { Core } from './compose-core.ts';
import type { Duty } from './compose-duties.ts';
import type { Stores } from './compose-stores.ts';
import { busOf } from './config-servers.ts';
import type { Config } from './config.ts';
import type { Position } from './infra/event-store/port.ts';
import { bridgePosition } from './infra/messaging/out/bridge.ts';
import { slackTexts } from './infra/outbound/slack.ts';
import type { Metrics } from './infra/telemetry/metrics.ts';
import { eraserSource } from './infra/telemetry/standing-metrics.ts';
import { retentionReads } from './queries/instance/retention-reads.ts';

type Parts = {
  readonly core: Core;
  readonly stores: Pick<Stores, 'readStore' | 'projector'>;
  readonly config: Config;
  readonly logger: FastifyBaseLogger;
  readonly metrics: Pick<Metrics, 'add'>;
};

/** Deleting instances whose time is up, and erasing what was deleted: one process at a time for each. */
export const retentionDuties = (parts: Parts): readonly Duty[] => {
  const { readStore, projector } = parts.stores;
  const reads = retentionReads({ readStore, reached: projector.reached });
  const eraser = eraserOf(parts, reads);
  const single = { role: 'sweeper', isSingle: true } as const;
  return [
    { ...single, name: 'retention', run: retentionOf(parts, reads).run },
    {
      ...single,
      name: 'eraser',
      run: (signal) => runEraser(eraser, signal),
    },
  ];
};

const eraserOf = (parts: Parts, reads: RetentionReads): EraserDeps => {
  const { core, logger, metrics } = parts;
  let stuck = 0;
  metrics.add(eraserSource(() => stuck));
  return {
    ...{ ...core.deps, ...common(parts, reads) },
    onUnreadable: (stream, err) => {
      logger.error({ stream, err }, 'what was deleted cannot be read and is not erased; it is tried again');
    },
    onStuckCount: (count) => (stuck = count),
  };
};

const common = ({ core, config }: Parts, reads: RetentionReads) => ({
  reads,
  passedOn: passedOn(core, config),
  plaintextMs: plaintextMs(core, config),
});

const retentionOf = (parts: Parts, reads: RetentionReads) => {
  const { core, config, logger } = parts;
  const texts = createTexts(config, logger);
  return createRetention({
    ...{ ...core.deps, ...common(parts, reads) },
    settings: {
      days: config.INSTANCE_KEEP_DAYS,
      delayMs: config.RETENTION_DELAY,
      intervalMs: config.RETENTION_INTERVAL,
    },
    onFailed: (instanceId, err) => {
      logger.error({ instanceId, err }, 'an instance whose time is up could not be deleted');
      texts.add(`Failed to delete instance with id='${instanceId}'`);
    },
    onNotErased: (intakeId, err) => {
      logger.error({ intakeId, err }, 'a refused delivery whose time is up could not be erased');
      texts.add(`Failed to erase the refused delivery with id='${intakeId}'`);
    },
    onUnread: (stream, err) => {
      logger.error({ stream, err }, 'a run or dead letter cannot be read; the instance it is about is kept');
    },
    onAlreadyDeleted: (instanceId) => {
      logger.warn({ instanceId }, 'an instance whose time is up was already deleted');
      texts.add(`Instance with id='${instanceId}' was already deleted`);
    },
    onFinished: ({ runId }, counts) => {
      logger.info({ runId, ...counts }, 'a retention run has ended');
      texts.end();
    },
  });
};

/** More texts than this of one run would only hide one another. */
const MOST_TEXTS = 20;

/** Texts to people, where there is an address for them. */
const createTexts = (config: Config, logger: FastifyBaseLogger) => {
  const { SLACK_WEBHOOK_URL: url, ORG_ID: orgId, APPLICATION_ID: applicationId } = config;
  const onTrouble = (err: unknown): void => logger.warn({ err }, 'a text to Slack was not sent');
  const post =
    url === undefined ? undefined : slackTexts({ url: url.reveal(), orgId, applicationId, onTrouble });
  let count = 0;
  return {
    add: (message: string): void => {
      count += 1;
      if (count <= MOST_TEXTS) void post?.(message);
    },
    end: (): void => {
      if (count > MOST_TEXTS) void post?.(`${count - MOST_TEXTS} more of this retention run: see the log`);
      count = 0;
    },
  };
};

/** How far the bridge has come; undefined where nothing goes out on any bus. */
const passedOn =
  ({ ports: { checkpoints, store } }: Core, config: Config) =>
  async (): Promise<Position | undefined> =>
    busOf(config) === 'off' ? undefined : bridgePosition({ checkpoints, store });

/** How much longer than its topic says a record may lie on the bus: until its hourly clean-up, or that of the brokers. */
const LATER_MS = { embedded: 3_660_000, kafka: 600_000 } as const;

/** The longest that a documented topic of instances may hold what went out on it; 0 where there is no bus. */
const plaintextMs = ({ deps: { topics } }: Core, config: Config): number => {
  const bus = busOf(config);
  if (bus === 'off') return 0;
  const roles = new Set<string>(topics.instances.all.map(({ role }) => role));
  const ours = topics.fixed.filter(({ role }) => roles.has(role));
  if (ours.some(({ retentionMs }) => retentionMs < 0)) return -1;
  const kept = ours.map(({ retentionMs, segmentMs = 0 }) => retentionMs + (bus === 'kafka' ? segmentMs : 0));
  return Math.max(...kept) + LATER_MS[bus];
};
