import type { FastifyBaseLogger } from 'fastify';
import { createExecutor } from './commands/execute.ts';
import { instanceCommands } from './commands/instance/instance-commands.ts';
import { instanceOpeners } from './commands/instance/instance-openers.ts';
import type { Ports } from './compose-stores.ts';
import { instanceAggregate } from './domain/instance/aggregate.ts';
import { intakeAggregate } from './domain/intake/aggregate.ts';
import { retentionAggregate } from './domain/retention/aggregate.ts';
import { retryBatchAggregate } from './domain/retrybatch/aggregate.ts';
import { sequenceAggregate } from './domain/sequence/aggregate.ts';
import { createHeadersDesk } from './infra/messaging/instances/headers-desk.ts';
import type { HeadersDesk } from './infra/messaging/instances/headers-desk.ts';
import type { Topics } from './infra/messaging/topics.ts';

const MIB = 1024 * 1024;

/** What writes and opens instances. Most are written to a few times and then left alone: little memory is enough. */
export const instancesOf = (ports: Ports, topics: Topics, logger: FastifyBaseLogger) => {
  const desk = deskOf(ports, topics, logger);
  const executors = {
    instances: createExecutor(
      { ...ports, cacheBytes: Math.min(32 * MIB, ports.cacheBytes) },
      instanceAggregate,
    ),
    intakes: createExecutor({ ...ports, cacheBytes: 8 * MIB }, intakeAggregate),
    sequences: createExecutor({ ...ports, cacheBytes: MIB }, sequenceAggregate),
    retryBatches: createExecutor({ ...ports, cacheBytes: 8 * MIB }, retryBatchAggregate),
    retentionRuns: createExecutor({ ...ports, cacheBytes: MIB }, retentionAggregate),
  };
  const openers = instanceOpeners({ ...ports, ...executors });
  const commands = instanceCommands({
    ...ports,
    ...executors,
    headersOf: desk?.ask ?? openers.flowHeadersOf,
    onRetryTrouble: (instanceId, err) =>
      logger.warn({ instanceId, err }, 'one instance of a batch could not be sent out again'),
  });
  return { executors, openers, commands, desk };
};

/** Undefined where the headers of instances are our own to tell. */
const deskOf = (ports: Ports, topics: Topics, logger: FastifyBaseLogger): HeadersDesk | undefined =>
  topics.instances.flowHeaders === 'own'
    ? undefined
    : createHeadersDesk({
        ...ports,
        applicationId: topics.instances.applicationId,
        request: topics.named('headersRequest'),
        reply: topics.named('headersReply'),
        onTrouble: (err) => {
          logger.error({ err }, 'asking for flow headers came to a stop; it is taken up again');
        },
      });
