import type { FastifyBaseLogger } from 'fastify';
import { openSequences } from './commands/dead-letter/open-sequences.ts';
import { parkLetter } from './commands/dead-letter/park-letter.ts';
import { createRedriver } from './commands/dead-letter/redriver.ts';
import { topicConfigOf } from './compose-core.ts';
import type { Core } from './compose-core.ts';
import { runDuties } from './compose-duties.ts';
import type { Duty, DutyDeps } from './compose-duties.ts';
import type { OpenDeps } from './compose-stores.ts';
import { busOf } from './config-servers.ts';
import type { Config } from './config.ts';
import type { Clock } from './infra/clock/port.ts';
import type { Position } from './infra/event-store/port.ts';
import type { Handlers } from './infra/http/handlers.ts';
import { embeddedBus } from './infra/message-bus/embedded/embedded.ts';
import type { MessageBus } from './infra/message-bus/port.ts';
import { ConsumerStuck } from './infra/messaging/in/consumers.ts';
import { createMessaging } from './infra/messaging/messaging.ts';
import type { Messaging } from './infra/messaging/messaging.ts';
import { bridgePosition } from './infra/messaging/out/bridge.ts';

/**
 * Everything that needs the bus, as one duty: it is begun anew while the bus cannot be reached, and commands never
 * wait for it. None where nothing comes in or goes out but over HTTP.
 *
 * @throws CheckpointMissing: a log that has events must not be published again unasked.
 */
export const messagingDuties = async (parts: MessagingParts): Promise<readonly Duty[]> => {
  const { config, core } = parts;
  if (busOf(config) === 'off') return [];
  const from = config.BRIDGE_FROM;
  await bridgePosition({ ...core.deps, ...(from === undefined ? {} : { from }) });
  const hasPart = config.ROLES.has('bridge') || config.ROLES.has('consumer');
  return hasPart
    ? [{ name: 'messaging', isSingle: false, run: (signal) => runMessaging(parts, signal) }]
    : [];
};

const runMessaging = async (parts: MessagingParts, signal: AbortSignal): Promise<void> => {
  const bus = await openBus(parts);
  try {
    const messaging = await messagingOver(bus, parts);
    await runDuties(parts.dutyDeps, dutiesOf(parts, messaging), signal);
  } finally {
    await bus.close();
  }
};

const openBus = ({ config, core, logger, onFatal }: MessagingParts): Promise<MessageBus> => {
  const { clock } = core.ports;
  return busOf(config) === 'embedded'
    ? embeddedBus({ dataDir: config.DATA_DIR, clock, onFailure: onFatal })
    : openKafka(config, clock, logger);
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
  readonly handlers: Pick<Handlers, 'register' | 'refuseRegistration' | 'startSaga' | 'answerTasks'>;
  readonly cursorOf: (position: Position) => string;
};

/** Records in, integration events and work items out. */
const messagingOver = async (bus: MessageBus, parts: MessagingParts): Promise<Messaging> => {
  const { core, config, logger, handlers, cursorOf } = parts;
  const { deps } = core;
  const onTrouble = (err: unknown): void => {
    logger.error({ err }, 'messaging came to a stop; it is taken up again');
  };
  const sequences = await openSequences({
    ...deps,
    onUnreadable: (stream, err) => {
      logger.error({ stream, err }, 'a dead letter cannot be read');
    },
  });
  return createMessaging({
    ...deps,
    // Not the one that listens for signs of life: the sender of work items is not a worker.
    queue: core.ports.queue,
    bus,
    sequences,
    commands: handlers,
    park: parkLetter({ ...deps, bus, sequences }),
    topicConfig: topicConfigOf(config),
    ...(config.BRIDGE_FROM === undefined ? {} : { bridgeFrom: config.BRIDGE_FROM }),
    cursorOf,
    onTrouble,
  });
};

const dutiesOf = (
  { core: { deps }, logger, onFatal }: MessagingParts,
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
  {
    name: 'redriver',
    role: 'consumer',
    isSingle: true,
    run: (signal) =>
      createRedriver({
        ...deps,
        handle: messaging.handle,
        onTrouble: (letterId, err) => {
          logger.error({ letterId, err }, 'a dead letter could not be taken again now');
        },
      }).run(signal),
  },
];
