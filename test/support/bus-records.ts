import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import type { Consumer, ConsumerOptions, InRecord, MessageBus } from '../../src/infra/message-bus/port.ts';
import { aRecord, valueOf } from './bus-record.ts';

export type OpenBus = () => Promise<{
  readonly bus: MessageBus;
  /** Another one over the same records, as another process has it. */
  readonly another: () => Promise<MessageBus>;
  readonly close: () => Promise<void>;
}>;

export const topicName = (): string => `t-${randomUUID()}`;
export const groupName = (): string => `g-${randomUUID()}`;
export const FOR_EVER = -1;

export type Reader = Consumer & {
  /** What was handled, oldest first. */
  readonly seen: InRecord[];
  readonly troubles: unknown[];
  readonly fatal: unknown[];
};

type Reading = Partial<ConsumerOptions> & Pick<ConsumerOptions, 'topics'>;

/** A member that notes every record it has handled. */
export const read = async (bus: MessageBus, options: Reading): Promise<Reader> => {
  const seen: InRecord[] = [];
  const troubles: unknown[] = [];
  const fatal: unknown[] = [];
  const consumer = await bus.consume({
    group: groupName(),
    onTrouble: (error) => troubles.push(error),
    onFatal: (error) => fatal.push(error),
    ...options,
    handle: async (record, signal) => {
      await options.handle?.(record, signal);
      seen.push(record);
    },
  });
  return { ...consumer, seen, troubles, fatal };
};

const WITHIN = { timeout: 15_000, interval: 20 };
export const ok = { kind: 'ok' };

type Use = (bus: MessageBus, another: () => Promise<MessageBus>) => Promise<void>;

/** A test with a bus of its own, closed at its end. */
export const busTest =
  (open: OpenBus) =>
  (statement: string, use: Use): void => {
    it(statement, { timeout: 60_000 }, async () => {
      const { bus, another, close } = await open();
      try {
        await use(bus, another);
      } finally {
        await close();
      }
    });
  };

export const newTopic = async (bus: MessageBus, partitions = 1): Promise<string> => {
  const name = topicName();
  await bus.ensureTopics([{ name, partitions, retentionMs: FOR_EVER }]);
  return name;
};
export const publishAll = async (bus: MessageBus, topic: string, values: readonly string[]) => {
  expect(await bus.publish(values.map((value) => aRecord(topic, 'k', value)))).toEqual(ok);
};
export const until = (statement: () => void | Promise<void>) => vi.waitFor(statement, WITHIN);
export const valuesOf = (reader: Reader): readonly string[] => reader.seen.map(valueOf);
export const untilSeen = (reader: Reader, values: readonly string[]) =>
  until(() => {
    expect(valuesOf(reader)).toEqual(values);
  });
export const lagsOf = async (bus: MessageBus, group: string, topic: string) =>
  (await bus.lag(group, [topic])).map(({ offset, end }) => Number(end) - Number(offset));
export const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));
