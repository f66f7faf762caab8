import type { FastifyBaseLogger } from 'fastify';
import { openSequences } from './commands/dead-letter/open-sequences.ts';
import { parkLetter } from './commands/dead-letter/park-letter.ts';
import { createRedriver } from './commands/dead-letter/redriver.ts';
import { publishCheckpoints } from './commands/witness/publish-checkpoints.ts';
import { topicConfigOf } from './compose-topics.ts';
import type { Core } from './compose-core.ts';
import { runDuties } from './compose-duties.ts';
import type { Duty, DutyDeps } from './compose-duties.ts';
import type { OpenDeps } from './compose-stores.ts';
import type { OpenTracing } from './compose-tracing.ts';
import { busOf } from './config-servers.ts';
import type { Config } from './config.ts';
import type { Clock } from './infra/clock/port.ts';
import type { Position } from './infra/event-store/port.ts';
import type { Handlers } from './infra/http/handlers.ts';
import { embeddedBus } from './infra/message-bus/embedded/embedded.ts';
import { assertKnownBus } from './infra/message-bus/embedded/schema.ts';
import type { MessageBus } from './infra/message-bus/port.ts';
import { ConsumerStuck } from './infra/messaging/in/with-consumer.ts';
import type { InboundCommands } from './infra/messaging/in/handle-record.ts';
import { createMessaging } from './infra/messaging/messaging.ts';
import type { Messaging } from './infra/messaging/messaging.ts';
import { checkpointTopic } from './infra/messaging/out/checkpoint-topic.ts';
import { bridgePosition } from './infra/messaging/out/bridge.ts';

/**
 * Everything that needs the bus, as one duty: it is begun anew while the bus cannot be reached, and commands never
 * wait for it. None where nothing comes in or goes out but over HTTP.
 *
 * @throws CheckpointMissing: a log that has events must not be published again unasked. NewerBus, UnsafeDatabase: a
 * `bus.db` that no waiting makes readable.
 */
export const messagingDuties = async (parts: MessagingParts): Promise<readonly Duty[]> => {
  const { config, core } = parts;
  if (busOf(config) === 'off') return [];
  if (busOf(config) === 'embedded') assertKnownBus(config.DATA_DIR);
  const from = config.BRIDGE_FROM;
  await bridgePosition({ ...core.deps, ...(from === undefined ? {} : { from }) });
  const hasPart = config.ROLES.has('bridge') || config.ROLES.has('consumer') || core.desk !== undefined;
  return hasPart
    ? [{ name: 'messaging', isSingle: false, run: (signal) => runMessaging(parts, signal) }]
    : [];
};

const runMessaging = async (parts: MessagingParts, signal: AbortSignal): Promise<void> => {
  const bus = await openBus(parts);
  parts.core.replay.useBus(bus);
  try {
    const messaging = await messagingOver(bus, parts);
    parts.onMessaging(messaging);
    const duties = [...dutiesOf(parts, messaging), checkpointDuty(bus, parts)];
    await runDuties(parts.dutyDeps, duties, signal);
  } finally {
    parts.core.replay.useBus(undefined);
    await bus.close();
  }
};

const checkpointDuty = (bus: MessageBus, { core, logger }: MessagingParts): Duty => {
  const { ports, deps } = core;
  const onTrouble = (err: unknown): void => {
    logger.error({ err }, 'a checkpoint could not be published; it is tried again');
  };
  const topic = deps.topics.named('checkpoints');
  const outlet = { name: 'topic', publish: checkpointTopic({ bus, clock: ports.clock, onTrouble }, topic) };
  return {
    ...{ name: 'checkpoint-topic', role: 'bridge', isSingle: true },
    run: (signal) => publishCheckpoints({ ...ports, outlet }, signal),
  };
};

const openBus = async ({ config, core, logger, onFatal, tracing }: MessagingParts): Promise<MessageBus> => {
  const { clock } = core.ports;
  const bus =
    busOf(config) === 'embedded'
      ? await embeddedBus({ dataDir: config.DATA_DIR, clock, onFailure: onFatal })
      : await openKafka(config, clock, logger);
  return tracing?.bus(bus) ?? bus;
};

const openKafka = async (config: Config, clock: Clock, logger: FastifyBaseLogger): Promise<MessageBus> => {
  const { kafkaBus } = await import('./infra/message-bus/kafka/kafka.ts');
  const { NAMESPACE: clientId, KAFKA_SESSION_TIMEOUT_MS: sessionTimeoutMs } = config;
  return kafkaBus({ ...kafkaAccess(config), clientId, clock, sessionTimeoutMs, logger });
};

const kafkaAccess = ({ KAFKA_BROKERS, KAFKA_SSL, KAFKA_USERNAME: username, KAFKA_PASSWORD }: Config) => ({
  brokers: KAFKA_BROKERS ?? [],
  ssl: KAFKA_SSL === 'on',
  ...(username === undefined || KAFKA_PASSWORD === undefined
    ? {}
    : { sasl: { mechanism: 'scram-sha-512' as const, username, password: KAFKA_PASSWORD.reveal() } }),
});

export type MessagingParts = Pick<OpenDeps, 'logger' | 'onFatal'> & {
  readonly core: Core;
  readonly config: Config;
  readonly dutyDeps: DutyDeps;
  readonly handlers: Pick<Handlers, keyof InboundCommands>;
  readonly cursorOf: (position: Position) => string;
  readonly tracing: OpenTracing | undefined;
  /** Told of the messaging over each bus that is opened. */
  readonly onMessaging: (messaging: Messaging) => void;
};

/** Records in, integration events and work items out. */
const messagingOver = async (bus: MessageBus, parts: MessagingParts): Promise<Messaging> => {
  const { core, config, logger, handlers, cursorOf, tracing } = parts;
  const { deps } = core;
  const onTrouble = (err: unknown): void => {
    logger.error({ err }, 'messaging came to a stop; it is taken up again');
  };
  const sequences = await openSequences({
    ...deps,
    onUnreadable: (stream, err) => logger.error({ stream, err }, 'a dead letter cannot be read'),
  });
  return createMessaging({
    ...deps,
    // Not the one that listens for signs of life: the sender of work items is not a worker.
    queue: core.ports.queue,
    bus,
    sequences,
    commands: handlers,
    openers: core.openers,
    ...(core.desk === undefined ? {} : { desk: core.desk }),
    park: parkLetter({ ...deps, bus, sequences }),
    topicConfig: topicConfigOf(config),
    ...(config.BRIDGE_FROM === undefined ? {} : { bridgeFrom: config.BRIDGE_FROM }),
    cursorOf,
    onRecord: tracing?.onRecord,
    onTrouble,
  });
};

const dutiesOf = (
  { core: { deps, desk }, logger, onFatal }: MessagingParts,
  messaging: Messaging,
): readonly Duty[] => [
  {
    name: 'consumer',
    role: 'consumer',
    isSingle: false,
    run: async (signal) => {
      try {
        await messaging.consumers(signal);
      } catch (error) {
        if (error instanceof ConsumerStuck) onFatal(error);
        throw error;
      }
    },
  },
  { name: 'bridge', role: 'bridge', isSingle: true, run: messaging.bridge },
  { name: 'work-items', role: 'bridge', isSingle: false, run: messaging.workItems },
  ...(desk === undefined ? [] : [{ name: 'headers-desk', isSingle: false, run: messaging.desk }]),
  {
    name: 'redriver',
    role: 'consumer',
    isSingle: true,
    run: (signal) =>
      createRedriver({
        ...deps,
        handle: messaging.handle,
        onTrouble: (letterId, err) =>
          logger.error({ letterId, err }, 'a dead letter could not be taken again now'),
      }).run(signal),
  },
];
