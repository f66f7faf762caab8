import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import type { MessageBus } from '../../src/infra/message-bus/port.ts';

/** Buses over one broker that share what they warn of; closed together. */
export const busesOver = (brokers: string) => {
  const warnings: string[] = [];
  const open = new Set<MessageBus>();
  const note = (_: object, message: string): void => void warnings.push(message);
  return {
    warnings,
    open: async (sessionTimeoutMs: number): Promise<MessageBus> => {
      const bus = await kafkaBus({
        brokers: brokers.split(','),
        clientId: 'faults',
        clock: systemClock(),
        sessionTimeoutMs,
        logger: { warn: note },
      });
      open.add(bus);
      return bus;
    },
    close: async (): Promise<void> => {
      await Promise.all([...open].map((bus) => bus.close()));
      open.clear();
    },
  };
};
