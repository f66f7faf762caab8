import { describe, expect, it, onTestFinished } from 'vitest';
import { systemIds } from '../../../src/infra/clock/system.ts';
import type { MessageBus, OutRecord } from '../../../src/infra/message-bus/port.ts';
import { ConsumerStuck } from '../../../src/infra/messaging/in/with-consumer.ts';
import { createHeadersDesk, HeadersNotTold } from '../../../src/infra/messaging/instances/headers-desk.ts';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import { embeddedBusOfTest, flowJson } from '../../support/instance-story.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { eventually, follow, headersOf } from '../../support/messaging-world.ts';

const CORRELATION = '0191e1f0-0000-7000-8000-000000000001';
const topics = createTopics({ namespace: 'skald', instances: { flowHeaders: 'ask' } });
const [request, reply] = [topics.named('headersRequest'), topics.named('headersReply')];

/** A desk that serves a bus, after its first request; what it asks is seen, and answered by hand. */
const open = async (change: (bus: MessageBus) => Partial<MessageBus> = () => ({})) => {
  const bus = await embeddedBusOfTest();
  const clock = manualClock();
  const onTrouble = (): void => undefined;
  const desk = createHeadersDesk({ applicationId: 'us', request, reply, clock, ids: systemIds(), onTrouble });
  const ending = new AbortController();
  await bus.ensureTopics([request, reply]);
  const requests = await follow(bus, [request.name]);
  const serving = desk.serve({ ...bus, ...change(bus) }, ending.signal);
  serving.catch(() => undefined);
  onTestFinished(async () => {
    ending.abort();
    await Promise.allSettled([serving]);
  });
  const answer = async (index: number, value: string | null): Promise<void> => {
    const correlation = headersOf(requests[index] ?? { headers: [] })['kafka_correlationId'] ?? 'nobody';
    const headers: OutRecord['headers'] = [['kafka_correlationId', Buffer.from(correlation)]];
    const record = { topic: reply.name, key: null, headers };
    await bus.publish([{ ...record, value: value === null ? null : Buffer.from(value) }]);
  };
  const asked = (count: number): Promise<void> =>
    eventually(() => {
      expect(requests.length).toBe(count);
    });
  /** The first request goes out as soon as the bus is served. */
  const isServing = async (): Promise<void> => {
    desk.ask('0').catch(() => undefined);
    await asked(1);
  };
  return { desk, clock, serving, ending, requests, answer, isServing, asked };
};

/** Asks, and tells how that ended. */
const outcomeOf = (asking: Promise<unknown>): Promise<unknown> =>
  asking.catch((error: unknown) => (error instanceof HeadersNotTold ? error.message : error));

describe('asking for flow headers', () => {
  it('says what and where to, and gets each its own answer, in whatever order they come', async () => {
    const { desk, requests, answer, isServing, asked } = await open();
    await isServing();
    const [first, second, third] = ['9007199254740993', '2', '3'].map((id) => outcomeOf(desk.ask(id)));
    await asked(4);
    expect(Buffer.from(requests[1]?.value ?? []).toString()).toBe('9007199254740993');
    expect(headersOf(requests[1] ?? { headers: [] })).toMatchObject({
      kafka_replyTopic: reply.name,
      'origin.application.id': 'us',
    });
    await answer(99, '{}');
    await answer(3, '{');
    await answer(2, null);
    await answer(1, flowJson(CORRELATION));
    expect(await first).toMatchObject({
      correlationId: CORRELATION,
      sourceApplicationId: '9007199254740993',
    });
    expect(await second).toBeUndefined();
    expect(await third).toBe('the answer cannot be read');
  });

  it("gives up after 15 s without an answer, and takes one that comes later for nobody's", async () => {
    const { desk, clock, answer, isServing, asked } = await open();
    await isServing();
    const late = outcomeOf(desk.ask('1'));
    await asked(2);
    await clock.advance(14_999, () => Promise.resolve());
    const inTime = outcomeOf(desk.ask('2'));
    await asked(3);
    await clock.advance(1, () => Promise.resolve());
    expect(await late).toBe('no answer within 15000 ms');
    await answer(1, flowJson(CORRELATION));
    await answer(2, null);
    expect(await inTime).toBeUndefined();
  });

  it('asks for no more than 1,000 at once', async () => {
    const { desk, clock, isServing, ending } = await open();
    await isServing();
    const all = Array.from({ length: 999 }, (_, index) => outcomeOf(desk.ask(String(index))));
    expect(await outcomeOf(desk.ask('1'))).toBe('too many are asked for at once');
    ending.abort();
    expect(new Set(await Promise.all(all))).toEqual(new Set(['the bus is not read any more']));
    const tooLate = outcomeOf(desk.ask('1'));
    await clock.advance(15_000, () => Promise.resolve());
    expect(await tooLate).toBe('no answer within 15000 ms');
  });

  it('waits for the answer where it cannot be told whether the request went out, and not where it did not', async () => {
    const results: (() => ReturnType<MessageBus['publish']>)[] = [];
    const { desk, clock, isServing } = await open((bus) => ({
      publish: (records) => results.shift()?.() ?? bus.publish(records),
    }));
    await isServing();
    results.push(
      () => Promise.resolve({ kind: 'refused', code: 'unknown_topic', detail: '' }),
      () => Promise.reject(new Error('cut')),
      () => Promise.resolve({ kind: 'ambiguous', cause: new Error('lost') }),
    );
    expect(await outcomeOf(desk.ask('1'))).toBe('the bus does not take the request: unknown_topic');
    expect(await outcomeOf(desk.ask('2'))).toBe('the request could not be sent: Error: cut');
    const unknown = outcomeOf(desk.ask('3'));
    await clock.advance(15_000, () => Promise.resolve());
    expect(await unknown).toBe('no answer within 15000 ms');
  });

  it('ends where its consumer is stuck', async () => {
    const { serving } = await open((bus) => ({
      consume: (options) => {
        options.onFatal(new Error('no progress'));
        return bus.consume(options);
      },
    }));
    await expect(serving).rejects.toThrow(ConsumerStuck);
  });
});
