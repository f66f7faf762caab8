import type { OpenSequences } from '../../commands/dead-letter/open-sequences.ts';
import type { ParkInput } from '../../commands/dead-letter/park-letter.ts';
import type { HandleRecord } from '../../commands/dead-letter/record-outcome.ts';
import type { SagaDeps } from '../../commands/deps.ts';
import type { InstanceOpeners } from '../../commands/instance/handlers.ts';
import { noteRecord } from '../../commands/message/note-record.ts';
import type { Messages } from '../../commands/message/note-record.ts';
import type { Result } from '../../commands/result.ts';
import { cannotBeRead } from '../../domain/damage.ts';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import type { Checkpoints, EventStore, Position } from '../event-store/port.ts';
import type { MessageBus, OutRecord } from '../message-bus/port.ts';
import { asyncApiOf } from './asyncapi.ts';
import { lookAtRecord } from './in/check-record.ts';
import { runConsumers, runInstanceConsumer } from './in/consumers.ts';
import { handleRecord } from './in/handle-record.ts';
import type { InboundCommands } from './in/handle-record.ts';
import { noCounts, takeRecord } from './in/take-record.ts';
import type { ConsumerCounts } from './in/take-record.ts';
import { answerHeaders } from './instances/answer-headers.ts';
import type { HeadersDesk } from './instances/headers-desk.ts';
import { createKafkaSteps } from './kafka-steps.ts';
import { bridgePosition, noneRelayed, runBridge } from './out/bridge.ts';
import type { BridgeCounts, BridgeDeps } from './out/bridge.ts';
import { documentedRecordOf } from './out/documented-records.ts';
import type { IntegrationContext } from './out/integration-event.ts';
import type { Registrations } from './out/registration-status.ts';
import { noneSent, runWorkItems } from './out/work-items.ts';
import type { WorkItemCounts } from './out/work-items.ts';
import { createTopics } from './topics.ts';
import type { Topic, TopicConfig, Topics } from './topics.ts';

export type MessagingDeps = Omit<SagaDeps, 'ids'> & {
  readonly bus: MessageBus;
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  readonly messages: Messages;
  /** The same commands as those of the HTTP edge. */
  readonly commands: InboundCommands;
  /** For the documented topics, which carry instances in the clear. */
  readonly openers: InstanceOpeners;
  /** Where another application is asked for the headers of instances. */
  readonly desk?: HeadersDesk;
  readonly park: (input: ParkInput) => Promise<Result<unknown, string>>;
  readonly sequences: Pick<OpenSequences, 'isBlocked' | 'catchUp'>;
  readonly topicConfig: TopicConfig;
  /** A position as the cursor that lists and feeds hand out. */
  readonly cursorOf: (position: Position) => string;
  readonly onRecord?: IntegrationContext['onRecord'];
  /** Consumer group, `orchestrator-service` unless said otherwise. */
  readonly group?: string;
  /** Where the bridge begins on a log that has events but no checkpoint. */
  readonly bridgeFrom?: 'start' | 'now';
  /** Something is tried again, or went out without its data. */
  readonly onTrouble: (error: unknown) => void;
};

export type MessagingStatus = {
  readonly consumers: Readonly<ConsumerCounts>;
  readonly bridge: Readonly<BridgeCounts>;
  readonly workItems: Readonly<WorkItemCounts>;
};

export type Messaging = {
  /** To be called before anything is written to a new log: it gets its bridge checkpoint. @throws CheckpointMissing */
  readonly prepare: () => Promise<void>;
  /** Each runs until the signal aborts and rejects only where going on makes no sense. */
  readonly consumers: (signal: AbortSignal) => Promise<void>;
  readonly bridge: (signal: AbortSignal) => Promise<void>;
  readonly workItems: (signal: AbortSignal) => Promise<void>;
  /** Asks others, and reads their answers; ends at once where nobody is asked. */
  readonly desk: (signal: AbortSignal) => Promise<void>;
  /** Takes one record in; for redriving dead letters. */
  readonly handle: HandleRecord;
  readonly status: () => MessagingStatus;
  readonly group: string;
  /** Every topic there is now, those of steps included once one of the above runs. */
  readonly topics: () => readonly Topic[];
  readonly asyncApi: object;
};

/** As documented; told apart where several deployments share a bus, which `topicPrefix` says. */
const groupOf = ({ namespace, topicPrefix }: TopicConfig, group: string): string =>
  topicPrefix === undefined ? group : `${namespace}.${group}`;

/** Wires the edge to the bus: records in, integration events and work items out. */
export const createMessaging = (deps: MessagingDeps): Messaging => {
  const { store, topicConfig, group = groupOf(topicConfig, 'orchestrator-service') } = deps;
  const topics = createTopics(topicConfig);
  const steps = createKafkaSteps(store, topics);
  const allTopics = (): readonly Topic[] => [...topics.fixed, ...steps.topics()];
  const topicsFor = topicsAmong(allTopics);
  const counts = { consumers: noCounts(), bridge: noneRelayed(), workItems: noneSent() };
  const { handle, take } = incomingOver(deps, topics, counts.consumers);
  const bridging = bridgingOver(deps, topics, { topicsFor, counts: counts.bridge });
  const { namespace } = topicConfig;
  const sending = { ...deps, topics, steps, namespace, topicsFor, counts: counts.workItems };
  const instanceGroup = groupOf(topicConfig, topics.instances.applicationId);
  const reading = { ...deps, topics, steps, take, group, instanceGroup };
  return {
    prepare: async () => {
      await bridgePosition(bridging);
    },
    consumers: (signal) =>
      together(signal, [
        steps.follow,
        (over) => runConsumers(reading, over),
        (over) => runInstanceConsumer(reading, over),
      ]),
    bridge: (signal) => runBridge(bridging, signal),
    workItems: (signal) => together(signal, [steps.follow, (over) => runWorkItems(sending, over)]),
    desk: async (signal) => deps.desk?.serve(deps.bus, signal),
    handle,
    status: () => structuredClone(counts),
    group,
    topics: allTopics,
    asyncApi: asyncApiOf(topics),
  };
};

const incomingOver = (deps: MessagingDeps, topics: Topics, counts: ConsumerCounts) => {
  const { bus, openers, commands } = deps;
  const { applicationId } = topics.instances;
  const handle = handleRecord({
    ...{ commands, topics, busId: bus.id },
    answerHeadersRequest: answerHeaders({ bus, flowHeadersOf: openers.flowHeadersOf, applicationId }),
  });
  const note = noteRecord({ messages: deps.messages, busId: bus.id });
  const look = lookAtRecord(topics);
  return { handle, take: takeRecord({ ...deps, busId: bus.id, handle, look, note }, counts) };
};

type Bridging = Pick<BridgeDeps, 'topicsFor' | 'counts'>;

const bridgingOver = (deps: MessagingDeps, topics: Topics, own: Bridging): BridgeDeps => {
  const { cursorOf, onRecord, topicConfig } = deps;
  const { namespace } = topicConfig;
  const documenting = { ...deps, topics };
  return {
    ...deps,
    ...own,
    ...(deps.bridgeFrom === undefined ? {} : { from: deps.bridgeFrom }),
    context: { namespace, cursorOf, onRecord, topics },
    registrations: registrationsIn(deps),
    documented: (event) => documentedRecordOf(documenting, event),
  };
};

const topicsAmong =
  (all: () => readonly Topic[]) =>
  (records: readonly OutRecord[]): readonly Topic[] => {
    const used = new Set(records.map(({ topic }) => topic));
    return all().filter(({ name }) => used.has(name));
  };

/** Of an orchestration that cannot be read nothing else is told: it must not hold up what is told of others. */
const registrationsIn = ({
  orchestrations,
  onTrouble,
}: Pick<MessagingDeps, 'orchestrations' | 'onTrouble'>): Registrations => {
  const stateOf = async (orchName: string) => {
    try {
      return (await orchestrations.reload(orchestrationStream(orchName))).state;
    } catch (error) {
      if (!cannotBeRead(error)) throw error;
      onTrouble(error);
      return undefined;
    }
  };
  return {
    wasDefined: async (orchName, revision) => {
      const state = await stateOf(orchName);
      return state === undefined || (state.definedAt !== null && state.definedAt < revision);
    },
    stepsOverKafka: async (orchName, service) => {
      const steps = (await stateOf(orchName))?.workers.get(service) ?? [];
      return steps.filter(({ transport }) => transport === 'kafka').map(({ name }) => name);
    },
  };
};

/** Runs loops beside each other; where one of them ends or fails the others end too. */
const together = async (
  signal: AbortSignal,
  loops: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> => {
  const ended = new AbortController();
  const over = AbortSignal.any([signal, ended.signal]);
  const ending = (loop: (signal: AbortSignal) => Promise<void>): Promise<void> =>
    loop(over).finally(() => {
      ended.abort('over');
    });
  await Promise.all(loops.map(ending));
};
