import type { Consumer, ConsumerOptions } from '../port.ts';
import { embeddedConsumer } from './consumer.ts';
import type { EmbeddedConsumer, EmbeddedConsumerDeps } from './consumer.ts';
import { watchOthers } from './regularly.ts';

/** Those who read through one bus. */
export const consumersOver = (deps: EmbeddedConsumerDeps) => {
  const consumers = new Set<EmbeddedConsumer>();
  const wake: EmbeddedConsumer['wake'] = (topics) => {
    for (const consumer of consumers) consumer.wake(topics);
  };
  let watch: ReturnType<typeof watchOthers> | undefined;
  return {
    add: (options: ConsumerOptions): Consumer => {
      watch ??= watchOthers(deps.calls, deps.clock, wake);
      const consumer = embeddedConsumer(options, deps);
      consumers.add(consumer);
      const stop = async (): Promise<void> => {
        await consumer.stop();
        consumers.delete(consumer);
      };
      return { setTopics: consumer.setTopics, stop };
    },
    wake,
    stop: async (): Promise<void> => {
      watch?.stop();
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
    },
  };
};
