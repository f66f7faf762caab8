import { REPLAY_HEADER } from '../../domain/replayed.ts';
import type {
  ConsumerOptions,
  Header,
  InRecord,
  MessageBus,
  OutHeader,
  OutRecord,
} from '../message-bus/port.ts';
import { conversationIn } from '../../domain/conversation.ts';
import { spanIn, spanOf, traceOf, traceparentText } from './port.ts';
import type { Attributes, Ended, Span, SpanContext, Tracing } from './port.ts';

export type BusTracing = {
  readonly tracing: Tracing;
  /** As OpenTelemetry names the messaging system. */
  readonly system: string;
  /** The append that a record tells of, where it tells of one. */
  readonly causeOf: (record: OutRecord) => SpanContext | undefined;
};

/** The same bus; every record that names its trace is a span on its way out, every one that comes in is. */
export const tracedBus = (bus: MessageBus, traced: BusTracing): MessageBus => ({
  ...bus,
  publish: async (records) => {
    const sending = records.map((record) => sendingOf(record, traced));
    const startMs = traced.tracing.now();
    const result = await bus.publish(sending.map(({ record }) => record));
    // What may not be there is published again, with the same ids.
    if (result.kind === 'ok') tell(sending, startMs, traced);
    return result;
  },
  consume: (options) => bus.consume({ ...options, handle: tracedHandle(options, traced) }),
});

type Sending = { readonly record: OutRecord; readonly span?: Pick<Span, 'context' | 'parentSpanId'> };

const TRACEPARENT = 'traceparent';

const sendingOf = (record: OutRecord, { tracing, causeOf }: BusTracing): Sending => {
  const { topic, headers } = record;
  const named = spanIn(outText(headers, TRACEPARENT) ?? '');
  // A replayed record keeps the trace of its original: it is nothing new in it.
  if (named === undefined || headers.some(([name]) => name === REPLAY_HEADER)) return { record };
  const context = { traceId: named.traceId, spanId: spanOf(`${topic}/${named.spanId}`) };
  const text = traceparentText(context, tracing.isSampled(context.traceId));
  const stamped = headers.map((header): OutHeader =>
    header[0] === TRACEPARENT ? [TRACEPARENT, text] : header,
  );
  // A task names its attempt, which is under way.
  const parent = outText(headers, 'effectId') === undefined ? causeOf(record) : named;
  return { record: { ...record, headers: stamped }, span: { context, parentSpanId: parent?.spanId } };
};

const tell = (sending: readonly Sending[], startMs: number, { tracing, system }: BusTracing): void => {
  const endMs = tracing.now();
  for (const { record, span } of sending) {
    if (span === undefined) continue;
    tracing.record({
      ...{ name: `send ${record.topic}`, kind: 'producer', startMs, endMs, ...span },
      attributes: {
        ...messaging(system, 'send', record.topic),
        ...{ 'messaging.message.id': outText(record.headers, 'ce_id') },
        ...toldOf(record),
      },
    });
  }
};

const messaging = (system: string, operation: 'send' | 'process', topic: string): Attributes => ({
  'messaging.system': system,
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.destination.name': topic,
});

const SAGA = /^dev\.skald\.saga\./;
const INSTANCE = /^dev\.skald\.instance\./;

const toldOf = ({ headers }: OutRecord): Attributes => {
  const type = outText(headers, 'ce_type');
  const subject = outText(headers, 'ce_subject');
  return {
    'cloudevents.event_type': type,
    'skald.flow.id': SAGA.test(type ?? '') ? subject : outText(headers, 'flowId'),
    'skald.instance.id': INSTANCE.test(type ?? '') ? subject : undefined,
  };
};

const outText = (headers: readonly OutHeader[], wanted: string): string | undefined => {
  const value = headers.findLast(([name]) => name === wanted)?.[1];
  return typeof value === 'object' ? Buffer.from(value).toString() : value;
};

const tracedHandle =
  ({ handle, group }: ConsumerOptions, { tracing, system }: BusTracing): ConsumerOptions['handle'] =>
  (record, signal) => {
    const { topic, partition, offset, headers } = record;
    // Tasks of ours that are read back are as many as those that went out.
    if (inText(headers, 'skald-origin') !== undefined) return handle(record, signal);
    const attributes = {
      ...messaging(system, 'process', topic),
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(offset),
      'messaging.consumer.group.name': group,
    };
    const opening = { name: `process ${topic}`, kind: 'consumer', attributes, ...causeIn(record) } as const;
    return tracing.around(opening, () => handle(record, signal), nothingMore);
  };

const nothingMore = (): Ended => ({});

const causeIn = ({ headers }: InRecord) => {
  const cause = spanIn(inText(headers, TRACEPARENT) ?? '');
  const conversation = conversationIn((name) => inText(headers, name));
  return { cause, traceId: conversation === undefined ? undefined : traceOf(conversation) };
};

const inText = (headers: readonly Header[], wanted: string): string | undefined => {
  const value = headers.findLast(([name]) => name.toLowerCase() === wanted)?.[1];
  return value === undefined ? undefined : Buffer.from(value).toString();
};
