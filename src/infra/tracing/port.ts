import { hash } from 'node:crypto';

/** Which span of which trace, as W3C Trace Context names them: 32 and 16 hexadecimal digits. */
export type SpanContext = { readonly traceId: string; readonly spanId: string };

export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Something that took place, told once it is over. Times are milliseconds since the epoch, with fractions. */
export type Span = {
  /** Never holds an id, nor anything a caller made up. */
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  /** Of the same trace. */
  readonly parentSpanId?: string | undefined;
  /** What it has to do with besides, of any trace. */
  readonly links?: readonly SpanContext[];
  readonly startMs: number;
  readonly endMs: number;
  /** Ids, codes and numbers: no payload, nobody's name. */
  readonly attributes: Attributes;
  readonly events?: readonly { readonly name: string; readonly atMs: number }[];
  /** What kind of failure it was, where it was one. */
  readonly failed?: string | undefined;
};

/** The trace of what is under way. One that nobody named gives way, once, to that of what is written first. */
export type OpenTrace = {
  id: string;
  isNamed: boolean;
  /** The span of it that the topmost one here is below, where that is known only from what is written. */
  below?: string;
};

/** What is under way. Whatever is done within it adds what it has come to know. */
export type OpenSpan = {
  /** Shared by what is below one another. */
  readonly trace: OpenTrace;
  readonly spanId: string;
  readonly links: SpanContext[];
  /** Runs and instances that were written to. */
  readonly subjects: Map<string, Set<string>>;
  isOver: boolean;
};

/** As OpenTelemetry's SDKs: what comes behind is left out. */
export const MOST_LINKS = 128;

/** @param named by whoever asked for what is under way */
export const openTrace = (named: string | undefined, newTraceId: () => string): OpenTrace => ({
  ...{ id: named ?? newTraceId(), isNamed: named !== undefined },
});

export const openSpan = (trace: OpenTrace, spanId: string): OpenSpan => ({
  ...{ trace, spanId, links: [], subjects: new Map(), isOver: false },
});

/** As which it would be told now. */
export const contextOf = ({ trace, spanId }: OpenSpan): SpanContext => ({ traceId: trace.id, spanId });

/**
 * From here on its trace stays: that of what it writes, where nobody named another.
 * @param below what that follows from, where that is a span of its trace
 */
export const settle = (trace: OpenTrace, written = trace.id, below?: string): void => {
  if (!trace.isNamed) trace.id = written;
  trace.isNamed = true;
  if (below !== undefined && trace.id === written) trace.below ??= below;
};

/** What a span is before it is over. */
export type Opening = Pick<Span, 'name' | 'kind' | 'attributes'> & {
  /** What caused it, where that is not what is under way here. */
  readonly cause?: SpanContext | undefined;
  /** The trace to be in where nothing caused it; that of what it writes unless given, a new one where that is nothing. */
  readonly traceId?: string | undefined;
};

/** What became of it. */
export type Ended = { readonly attributes?: Attributes; readonly failed?: string | undefined };

/** Spans of this process. There is none while nothing is exported: then nobody asks. */
export type Tracing = {
  /** Milliseconds since the epoch, with fractions. */
  readonly now: () => number;
  readonly newTraceId: () => string;
  readonly newSpanId: () => string;
  /** Of a trace everything is exported or nothing, by its id alone, in every process alike. */
  readonly isSampled: (traceId: string) => boolean;
  /** Takes a span that is over. Never throws, never waits. */
  readonly record: (span: Span) => void;
  /** What this is done within; undefined for what nobody asked for just now. */
  readonly current: () => OpenSpan | undefined;
  readonly within: <Result>(open: OpenSpan, run: () => Result) => Result;
  /** Runs it as one span. @throws what it throws, having told so */
  readonly around: <Result>(
    opening: Opening,
    run: () => Promise<Result>,
    endedAs: (result: Result) => Ended,
  ) => Promise<Result>;
};

/** Puts a span around every call of a command. */
export type CommandTracer = <Input extends readonly unknown[], Value>(
  command: string,
  run: (...input: Input) => Promise<Value>,
) => (...input: Input) => Promise<Value>;

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

// Runs that go on at the same time, each with several events.
const KEPT = 1000;
const traces = new Map<string, string>();

/**
 * The trace of a conversation: its correlation id where that is a trace's, else one that is made from it. So whoever has
 * an event knows its trace, at any time, in any process. Forgets all once it knows many: cheaper than to know which was
 * used last.
 */
export const traceOf = (correlationId: string): string => {
  if (TRACE_ID.test(correlationId)) return correlationId;
  const known = traces.get(correlationId);
  if (known !== undefined) return known;
  if (traces.size >= KEPT) traces.clear();
  const trace = hash('sha256', correlationId).slice(0, 32);
  traces.set(correlationId, trace);
  return trace;
};

/** A span's id from what it is: the same each time. */
export const spanOf = (what: string): string => hash('sha256', what).slice(0, 16);

/** One attempt of a step: no other of the same run has all of this in common with it. */
export type AttemptName = {
  readonly flowId: string;
  readonly step: string;
  readonly action: 'do' | 'undo';
  readonly attempt: number;
};

/** The span of an attempt, as whoever has its task, its dispatch or its outcome knows it. */
export const attemptContext = (
  correlationId: string,
  { flowId, step, action, attempt }: AttemptName,
): SpanContext => ({
  traceId: traceOf(correlationId),
  spanId: spanOf(`attempt/${flowId}/${step}/${action}/${attempt}`),
});

/** Says as a header which span an attempt is. */
export type AttemptTracer = (correlationId: string, attempt: AttemptName) => string;

/** As a header. The flag says whether such a span is exported, whatever a caller's said. */
export const traceparentText = ({ traceId, spanId }: SpanContext, isSampled: boolean): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

/** W3C Trace Context: version 00 is that long, later ones may say more behind it. */
const TRACEPARENT =
  /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

/** The span that a header names; undefined for what names none. */
export const spanIn = (traceparent: string): SpanContext | undefined => {
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent) ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
};
