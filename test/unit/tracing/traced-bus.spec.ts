import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { embeddedBus } from '../../../src/infra/message-bus/embedded/embedded.ts';
import type { OutRecord } from '../../../src/infra/message-bus/port.ts';
import { spanIn, traceOf } from '../../../src/infra/tracing/port.ts';
import type { Span, SpanContext } from '../../../src/infra/tracing/port.ts';
import { tracedBus } from '../../../src/infra/tracing/traced-bus.ts';
import { createTracing } from '../../../src/infra/tracing/tracing.ts';
import { newTopic, read, until } from '../../support/bus-records.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const EVENT = '00f067aa0ba902b7';
const CAUSE = { traceId: TRACE, spanId: '1'.repeat(16) };
const TRACEPARENT = `00-${TRACE}-${EVENT}-00`;

const world = async (ratio = 1) => {
  const plain = await embeddedBus({ dataDir: freshDirectory(), clock: systemClock(), onFailure: fail });
  onTestFinished(() => plain.close());
  const spans: Span[] = [];
  const tracing = createTracing({
    now: performance.now.bind(performance),
    ratio,
    take: (one) => void spans.push(one),
  });
  const causes = new Map<OutRecord, SpanContext>();
  const bus = tracedBus(plain, { tracing, system: 'skald', causeOf: (record) => causes.get(record) });
  const topic = await newTopic(bus);
  const recordWith = (headers: Readonly<Record<string, string>>): OutRecord => ({
    ...{ topic, key: 'k', value: 'v' },
    headers: Object.entries(headers),
  });
  /** What a reader of the plain bus finds. */
  const seen = async (count: number) => {
    const reader = await read(plain, { topics: [topic] });
    onTestFinished(() => reader.stop());
    await until(() => expect(reader.seen).toHaveLength(count));
    return reader.seen.map(({ headers }) =>
      Object.fromEntries(headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()])),
    );
  };
  return { bus, topic, spans, causes, recordWith, seen };
};
const fail = (error: unknown): void => {
  throw error;
};

describe('records on their way out', () => {
  it('are spans below what caused them, and name these as sampled', async () => {
    const { bus, topic, spans, causes, recordWith, seen } = await world();
    const told = recordWith({
      traceparent: TRACEPARENT,
      ce_id: 'e-1',
      ce_type: 'dev.skald.saga.started.v1',
      ce_subject: 'f-1',
    });
    causes.set(told, CAUSE);
    const task = recordWith({ traceparent: TRACEPARENT, effectId: 'x', flowId: 'f-2' });
    expect(await bus.publish([told, task])).toEqual({ kind: 'ok' });
    expect(spans).toMatchObject([
      {
        ...{ name: `send ${topic}`, kind: 'producer', parentSpanId: CAUSE.spanId },
        attributes: {
          'messaging.message.id': 'e-1',
          'skald.flow.id': 'f-1',
          'messaging.destination.name': topic,
        },
      },
      { name: `send ${topic}`, parentSpanId: EVENT, attributes: { 'skald.flow.id': 'f-2' } },
    ]);
    const found = await seen(2);
    expect(found.map((headers) => spanIn(headers['traceparent'] ?? ''))).toEqual(
      spans.map(({ context }) => context),
    );
    expect(found.map((headers) => headers['traceparent']?.slice(-2))).toEqual(['01', '01']);
  });

  it('are the same span whenever they are published again', async () => {
    const { bus, spans, recordWith } = await world();
    const record = recordWith({ traceparent: TRACEPARENT });
    for (let time = 0; time < 2; time += 1) await bus.publish([record]);
    expect(new Set(spans.map(({ context }) => context.spanId)).size).toBe(1);
  });

  it('are as they were where they name no trace, or are replayed; not sampled where nothing is exported', async () => {
    const { bus, spans, recordWith, seen } = await world(0);
    await bus.publish([
      recordWith({ other: 'x' }),
      recordWith({ traceparent: TRACEPARENT, 'skald-replay': 's-1' }),
      recordWith({ traceparent: TRACEPARENT }),
    ]);
    expect(spans).toEqual([]);
    const [plain, replayed, told] = await seen(3);
    expect(plain).toEqual({ other: 'x' });
    expect(replayed?.['traceparent']).toBe(TRACEPARENT);
    expect(told?.['traceparent']).toMatch(/-00$/);
  });
});

describe('records that come in', () => {
  const takenOf = async (headers: Readonly<Record<string, string>>, handle = () => Promise.resolve()) => {
    const { bus, topic, spans, recordWith } = await world();
    const reader = await read(bus, { topics: [topic], group: 'group', handle });
    onTestFinished(() => reader.stop());
    await bus.publish([recordWith(headers)]);
    await until(() => expect(reader.seen).toHaveLength(1));
    return { topic, spans: spans.filter(({ kind }) => kind === 'consumer') };
  };

  it('are spans below what sent them', async () => {
    const { topic, spans } = await takenOf({ traceparent: TRACEPARENT });
    expect(spans).toMatchObject([
      {
        ...{ name: `process ${topic}`, context: { traceId: TRACE } },
        attributes: { 'messaging.consumer.group.name': 'group', 'messaging.kafka.offset': 0 },
      },
    ]);
    // What sends it is a span itself.
    expect(spans[0]?.parentSpanId).toMatch(/^[0-9a-f]{16}$/);
  });

  it('are of their conversation where they name that alone', async () => {
    const { spans } = await takenOf({ correlationid: 'c-1' });
    expect(spans).toMatchObject([{ context: { traceId: traceOf('c-1') } }]);
    expect(spans[0]?.parentSpanId).toBeUndefined();
  });

  it('are none where they are our own tasks', async () => {
    expect((await takenOf({ 'skald-origin': 'skald' })).spans).toEqual([]);
  });
});
