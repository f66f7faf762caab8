import type { OpenSequences } from '../../commands/dead-letter/open-sequences.ts';
import type { ParkInput } from '../../commands/dead-letter/park-letter.ts';
import type { HandleRecord } from '../../commands/dead-letter/record-outcome.ts';
import type { SagaDeps } from '../../commands/deps.ts';
import { noteRecord } from '../../commands/message/note-record.ts';
import type { Messages } from '../../commands/message/note-record.ts';
import type { Result } from '../../commands/result.ts';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import type { Checkpoints, EventStore, Position } from '../event-store/port.ts';
import type { MessageBus, OutRecord } from '../message-bus/port.ts';
import { asyncApiOf } from './asyncapi.ts';
import { lookAtRecord } from './in/check-record.ts';
import { runConsumers } from './in/consumers.ts';
import { handleRecord } from './in/handle-record.ts';
import type { InboundCommands } from './in/handle-record.ts';
import { noCounts, takeRecord } from './in/take-record.ts';
import type { ConsumerCounts } from './in/take-record.ts';
import { createKafkaSteps } from './kafka-steps.ts';
import { bridgePosition, noneRelayed, runBridge } from './out/bridge.ts';
import type { BridgeCounts } from './out/bridge.ts';
import type { WasDefined } from './out/registration-status.ts';
import { noneSent, runWorkItems } from './out/work-items.ts';
import type { WorkItemCounts } from './out/work-items.ts';
import { createTopics } from './topics.ts';
import type { Topic, TopicConfig } from './topics.ts';

export type MessagingDeps = Omit<SagaDeps, 'ids'> & {
  readonly bus: MessageBus;
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  readonly messages: Messages;
  /** The same commands as those of the HTTP edge. */
  readonly commands: InboundCommands;
  readonly park: (input: ParkInput) => Promise<Result<unknown, string>>;
  readonly sequences: Pick<OpenSequences, 'isBlocked' | 'catchUp'>;
  readonly topicConfig: TopicConfig;
  /** A position as the cursor that lists and feeds hand out. */
  readonly cursorOf: (position: Position) => string;
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
  /** Takes one record in; for redriving dead letters. */
  readonly handle: HandleRecord;
  readonly status: () => MessagingStatus;
  readonly group: string;
  /** Every topic there is now, those of steps included once one of the above runs. */
  readonly topics: () => readonly Topic[];
  readonly asyncApi: object;
};

/** As documented; told apart where several deployments share a bus, which `topicPrefix` says. */
const groupOf = ({ namespace, topicPrefix }: TopicConfig): string =>
  topicPrefix === undefined ? 'orchestrator-service' : `${namespace}.orchestrator-service`;

/** Wires the edge to the bus: records in, integration events and work items out. */
export const createMessaging = (deps: MessagingDeps): Messaging => {
  const { bus, store, topicConfig, group = groupOf(topicConfig) } = deps;
  const { namespace } = topicConfig;
  const topics = createTopics(topicConfig);
  const steps = createKafkaSteps(store, topics);
  const allTopics = (): readonly Topic[] => [...topics.fixed, ...steps.topics()];
  const topicsFor = topicsAmong(allTopics);
  const handle = handleRecord({ commands: deps.commands, topics, busId: bus.id });
  const counts = noMessages();
  const note = noteRecord({ messages: deps.messages, busId: bus.id });
  const look = lookAtRecord(topics);
  const take = takeRecord({ ...deps, busId: bus.id, handle, look, note }, counts.consumers);
  const bridging = {
    ...deps,
    ...(deps.bridgeFrom === undefined ? {} : { from: deps.bridgeFrom }),
    topicsFor,
    context: { namespace, cursorOf: deps.cursorOf, topics },
    wasDefined: wasDefinedIn(deps),
    counts: counts.bridge,
  };
  const sending = { ...deps, topics, steps, namespace, topicsFor, counts: counts.workItems };
  return {
    prepare: async () => {
      await bridgePosition(bridging);
    },
    consumers: (signal) =>
      withSteps(steps.follow, signal, (over) => runConsumers({ ...deps, topics, steps, take, group }, over)),
    bridge: (signal) => runBridge(bridging, signal),
    workItems: (signal) => withSteps(steps.follow, signal, (over) => runWorkItems(sending, over)),
    handle,
    status: () => structuredClone(counts),
    group,
    topics: allTopics,
    asyncApi: asyncApiOf(topics),
  };
};

const noMessages = () => ({
  consumers: noCounts(),
  bridge: noneRelayed(),
  workItems: noneSent(),
});

const topicsAmong =
  (all: () => readonly Topic[]) =>
  (records: readonly OutRecord[]): readonly Topic[] => {
    const used = new Set(records.map(({ topic }) => topic));
    return all().filter(({ name }) => used.has(name));
  };

const wasDefinedIn =
  ({ orchestrations }: Pick<MessagingDeps, 'orchestrations'>): WasDefined =>
  async (orchName, revision) => {
    const { state } = await orchestrations.reload(orchestrationStream(orchName));
    return state.definedAt !== null && state.definedAt < revision;
  };

/** Runs a loop beside the follower it needs; where one of them fails the other one ends too. */
const withSteps = async (
  follow: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  loop: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const ended = new AbortController();
  const over = AbortSignal.any([signal, ended.signal]);
  const ending = <Value>(running: Promise<Value>): Promise<Value> =>
    running.finally(() => {
      ended.abort('over');
    });
  await Promise.all([ending(follow(over)), ending(loop(over))]);
};
