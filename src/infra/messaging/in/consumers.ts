import type { OpenSequences } from '../../../commands/dead-letter/open-sequences.ts';
import type { Clock } from '../../clock/port.ts';
import type { Consumer, ConsumerOptions, InRecord, MessageBus } from '../../message-bus/port.ts';
import type { KafkaSteps } from '../kafka-steps.ts';
import { untilDone } from '../until-done.ts';
import type { Topics } from '../topics.ts';
import { aborted, withConsumer } from './with-consumer.ts';

export type ConsumersDeps = {
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly topics: Topics;
  readonly steps: Pick<KafkaSteps, 'topics' | 'changed'>;
  readonly sequences: Pick<OpenSequences, 'catchUp'>;
  readonly take: (record: InRecord) => Promise<void>;
  readonly group: string;
  /** Of those who read what is said of instances. */
  readonly instanceGroup: string;
  readonly onTrouble: (error: unknown) => void;
};

/**
 * Reads registrations, starts and answers, and the topics of the steps that are worked on over Kafka, until the
 * signal aborts. @throws ConsumerStuck
 */
export const runConsumers = (deps: ConsumersDeps, signal: AbortSignal): Promise<void> =>
  withConsumer(
    deps,
    {
      open: (onFatal) => openConsumer(deps, { group: deps.group, topics: fixedTopics(deps), onFatal }),
      during: (consumer, over) => followSteps(deps, consumer, over),
    },
    signal,
  );

/**
 * Reads what is said of instances, in a group of its own: neither waits for the other. @throws ConsumerStuck
 */
export const runInstanceConsumer = (deps: ConsumersDeps, signal: AbortSignal): Promise<void> => {
  const { instances } = deps.topics;
  const topics = instances.all.map(({ name }) => name).filter((name) => instances.takenFrom(name));
  return withConsumer(
    deps,
    {
      open: (onFatal) => openConsumer(deps, { group: deps.instanceGroup, topics, onFatal }),
      during: (_consumer, over) => aborted(over),
    },
    signal,
  );
};

const fixedTopics = ({ topics }: ConsumersDeps): readonly string[] =>
  (['registration', 'start', 'answers'] as const).map((role) => topics.named(role).name);

type Reading = Pick<ConsumerOptions, 'group' | 'topics' | 'onFatal'>;

const openConsumer = async (deps: ConsumersDeps, reading: Reading): Promise<Consumer> => {
  const { bus, topics, sequences, take, onTrouble } = deps;
  await bus.ensureTopics(topics.fixed);
  return bus.consume({ ...reading, handle: take, onAssigned: sequences.catchUp, onTrouble });
};

/** A step's topic is there before anybody reads or writes it. */
const followSteps = async (deps: ConsumersDeps, consumer: Consumer, signal: AbortSignal): Promise<void> => {
  const { bus, clock, steps, onTrouble } = deps;
  while (!signal.aborted) {
    const ofSteps = steps.topics();
    await untilDone({ clock, onTrouble, signal }, async () => {
      await bus.ensureTopics(ofSteps);
      await consumer.setTopics([...fixedTopics(deps), ...ofSteps.map(({ name }) => name)]);
    });
    await steps.changed(ofSteps.length, signal);
  }
};
