import type { AppendMetadata } from '../../domain/event.ts';
import { categoryOf, idOf } from '../../domain/stream-name.ts';
import type { Appended, AppendResult, EventStore } from '../event-store/port.ts';
import { endedBy } from './attempt-events.ts';
import { eventsBefore } from './events-before.ts';
import type { EventsBefore } from './events-before.ts';
import { contextOf, MOST_LINKS, settle, spanOf, traceOf } from './port.ts';
import type { Attributes, OpenSpan, Span, SpanContext, Tracing } from './port.ts';

type Deps = {
  readonly tracing: Tracing;
  /** As OpenTelemetry names the database. */
  readonly system: string;
  /** Told of every append that was made. Never throws. */
  readonly onAppended: (stream: string, result: Appended) => void;
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
export const tracedStore = (store: EventStore, { tracing, system, onAppended }: Deps): EventStore => {
  const before = eventsBefore(store);
  return {
    ...store,
    append: async (stream, expected, events, metadata) => {
      const asked = tracing.current();
      const startMs = tracing.now();
      const result = await store.append(stream, expected, events, metadata);
      const span = spanOfAppend({ tracing, system, stream, metadata, asked, startMs }, result);
      const isUnasked = asked === undefined && span.parentSpanId === undefined;
      const cause =
        isUnasked && tracing.isSampled(span.context.traceId) ? causeOf(before, result) : undefined;
      if (cause === undefined) tracing.record(span);
      else void cause.then((parentSpanId) => tracing.record({ ...span, parentSpanId }));
      if (result.kind === 'ok') onAppended(stream, result);
      return result;
    },
  };
};

const spanOfAppend = (appending: Appending, result: AppendResult): Span => {
  const { tracing, stream, metadata, asked, startMs } = appending;
  const made = appendContext(stream, metadata);
  // What was not written may be decided again: that is another span.
  const context = result.kind === 'ok' ? made : { ...made, spanId: tracing.newSpanId() };
  const category = categoryOf(stream);
  const attempt = endedBy(writtenIn(result));
  if (asked !== undefined) settle(asked.trace, made.traceId, attempt?.spanId);
  noteIn(asked, context, subjectOf(stream));
  return {
    ...{ name: `append ${category}`, kind: 'client', context, startMs, endMs: tracing.now() },
    ...placeOf(asked, context, attempt),
    attributes: { ...attributesOf(appending, category), ...outcomeOf(result) },
    failed: result.kind === 'ambiguous' || result.kind === 'refused' ? codeOf(result) : undefined,
  };
};

const writtenIn = (result: AppendResult): Appended['events'] => (result.kind === 'ok' ? result.events : []);

/**
 * Below what asked for it where both are of one trace, else beside it and below the attempt that it ends. What asked for
 * it may answer several attempts: it is below the first of them, and of the others there is a link.
 */
const placeOf = (
  asked: OpenSpan | undefined,
  { traceId }: SpanContext,
  attempt: SpanContext | undefined,
): Pick<Span, 'parentSpanId' | 'links'> => {
  if (asked === undefined) return { parentSpanId: attempt?.spanId };
  const { trace, spanId: parentSpanId } = asked;
  if (trace.id !== traceId) return { parentSpanId: attempt?.spanId, links: [contextOf(asked)] };
  const isBelow = attempt === undefined || attempt.spanId === trace.below;
  return { parentSpanId, ...(isBelow ? {} : { links: [attempt] }) };
};

// Between what the engine saw of a run and what it wrote to it others may have written, too.
const READ_AT_MOST = 16;

/** What the engine does with a run unasked follows from one of the run's last events: it is below what appended that. Never rejects. */
const causeOf = (before: EventsBefore, result: AppendResult): Promise<string | undefined> | undefined => {
  const [first] = writtenIn(result);
  if (first === undefined || first.revision === 0 || !first.stream.startsWith('saga-')) return undefined;
  return before(first, READ_AT_MOST).then(
    (events) => {
      const cause = events.find(({ eventId }) => eventId === first.metadata.causationId);
      return cause && appendContext(cause.stream, cause.metadata).spanId;
    },
    () => undefined,
  );
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
  const id = idOf(stream);
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
