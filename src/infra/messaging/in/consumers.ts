import type { OpenSequences } from '../../../commands/dead-letter/open-sequences.ts';
import type { Clock } from '../../clock/port.ts';
import type { Consumer, InRecord, MessageBus } from '../../message-bus/port.ts';
import type { KafkaSteps } from '../kafka-steps.ts';
import { untilDone } from '../until-done.ts';
import type { Topics } from '../topics.ts';

export type ConsumersDeps = {
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly topics: Topics;
  readonly steps: Pick<KafkaSteps, 'topics' | 'changed'>;
  readonly sequences: Pick<OpenSequences, 'catchUp'>;
  readonly take: (record: InRecord) => Promise<void>;
  readonly group: string;
  readonly onTrouble: (error: unknown) => void;
};

/** The consumer crashes again and again without getting any further: this process is of no use to its group. */
export class ConsumerStuck extends Error {
  override readonly name = 'ConsumerStuck';
  constructor(cause: unknown) {
    super('the consumer crashes without making progress', { cause });
  }
}

/**
 * Reads registrations, starts and answers, and the topics of the steps that are worked on over Kafka, until the
 * signal aborts. @throws ConsumerStuck
 */
export const runConsumers = async (deps: ConsumersDeps, signal: AbortSignal): Promise<void> => {
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const fatal: { error?: unknown } = {};
  const onFatal = (error: unknown): void => {
    fatal.error = error;
    failed.abort('fatal');
  };
  const persistent = { clock: deps.clock, onTrouble: deps.onTrouble, signal: over };
  const consumer = await untilDone(persistent, () => openConsumer(deps, onFatal));
  if (consumer !== undefined) {
    try {
      await followSteps(deps, consumer, over);
    } finally {
      await consumer.stop();
    }
  }
  if ('error' in fatal) throw new ConsumerStuck(fatal.error);
};

const fixedTopics = ({ topics }: ConsumersDeps): readonly string[] =>
  (['registration', 'start', 'answers'] as const).map((role) => topics.named(role).name);

const openConsumer = async (deps: ConsumersDeps, onFatal: (error: unknown) => void): Promise<Consumer> => {
  const { bus, topics, sequences, group, onTrouble } = deps;
  await bus.ensureTopics(topics.fixed);
  return bus.consume({
    group,
    topics: fixedTopics(deps),
    handle: deps.take,
    onAssigned: sequences.catchUp,
    onTrouble,
    onFatal,
  });
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
