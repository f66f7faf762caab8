import type { AppendMetadata } from '../../domain/event.ts';
import type { AppendResult, EventStore } from '../event-store/port.ts';
import { contextOf, MOST_LINKS, settle, spanOf, traceOf } from './port.ts';
import type { Attributes, OpenSpan, Span, SpanContext, Tracing } from './port.ts';

type Deps = {
  readonly tracing: Tracing;
  /** As OpenTelemetry names the database. */
  readonly system: string;
  /** Told of every append that was made. Never throws. */
  readonly onAppended: (stream: string, result: Extract<AppendResult, { kind: 'ok' }>) => void;
};

type Appending = Pick<Deps, 'tracing' | 'system'> & {
  readonly stream: string;
  readonly metadata: AppendMetadata;
  readonly asked: OpenSpan | undefined;
  readonly startMs: number;
};

/**
 * The span of what a command decided. Made from what stands in its events: whoever reads one of them knows it, and a
 * command that is taken again is the same span.
 */
export const appendContext = (
  stream: string,
  { commandId, correlationId }: Pick<AppendMetadata, 'commandId' | 'correlationId'>,
): SpanContext => ({
  traceId: traceOf(correlationId),
  spanId: spanOf(`append/${stream}/${commandId}`),
});

/** The same log; every append is a span of its conversation. */
export const tracedStore = (store: EventStore, { tracing, system, onAppended }: Deps): EventStore => ({
  ...store,
  append: async (stream, expected, events, metadata) => {
    const asked = tracing.current();
    const startMs = tracing.now();
    const result = await store.append(stream, expected, events, metadata);
    tracing.record(spanOfAppend({ tracing, system, stream, metadata, asked, startMs }, result));
    if (result.kind === 'ok') onAppended(stream, result);
    return result;
  },
});

const spanOfAppend = (appending: Appending, result: AppendResult): Span => {
  const { tracing, stream, metadata, asked, startMs } = appending;
  const made = appendContext(stream, metadata);
  // What was not written may be decided again: that is another span.
  const context = result.kind === 'ok' ? made : { ...made, spanId: tracing.newSpanId() };
  const category = stream.slice(0, stream.indexOf('-'));
  if (asked !== undefined) settle(asked.trace, made.traceId);
  noteIn(asked, context, subjectOf(stream));
  return {
    ...{ name: `append ${category}`, kind: 'client', context, startMs, endMs: tracing.now() },
    ...placeOf(asked, context),
    attributes: { ...attributesOf(appending, category), ...outcomeOf(result) },
    failed: result.kind === 'ambiguous' || result.kind === 'refused' ? codeOf(result) : undefined,
  };
};

/** Below what asked for it where both are of one trace, else beside it. */
const placeOf = (
  asked: OpenSpan | undefined,
  { traceId }: SpanContext,
): Pick<Span, 'parentSpanId' | 'links'> => {
  if (asked === undefined) return {};
  return asked.trace.id === traceId ? { parentSpanId: asked.spanId } : { links: [contextOf(asked)] };
};

const noteIn = (asked: OpenSpan | undefined, context: SpanContext, subject: Attributes): void => {
  if (asked === undefined) return;
  if (asked.trace.id !== context.traceId && asked.links.length < MOST_LINKS) asked.links.push(context);
  for (const [name, value] of Object.entries(subject)) {
    const known = asked.subjects.get(name) ?? new Set<string>();
    // Whether there are several is all that is asked for.
    if (known.size < 2) asked.subjects.set(name, known.add(String(value)));
  }
};

/** The run or the instance that a stream is of. */
export const subjectOf = (stream: string): Attributes => {
  const id = stream.slice(stream.indexOf('-') + 1);
  if (stream.startsWith('saga-')) return { 'skald.flow.id': id };
  return stream.startsWith('instance-') ? { 'skald.instance.id': id } : {};
};

const attributesOf = ({ system, stream, metadata }: Appending, category: string): Attributes => ({
  'db.system.name': system,
  'db.operation.name': 'append',
  'db.collection.name': category,
  'skald.stream': stream,
  'skald.command.id': metadata.commandId,
  'skald.correlation.id': metadata.correlationId,
  'skald.causation.id': metadata.causationId,
  ...subjectOf(stream),
});

const outcomeOf = (result: AppendResult): Attributes => {
  if (result.kind !== 'ok') return { 'skald.outcome': codeOf(result) };
  const { events } = result;
  const types = [...new Set(events.map(({ type }) => type))];
  return { 'skald.outcome': 'ok', 'skald.event.count': events.length, 'skald.event.types': types };
};

const codeOf = (result: Exclude<AppendResult, { kind: 'ok' }>): string =>
  result.kind === 'refused' ? result.code : result.kind;
