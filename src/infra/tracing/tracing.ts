import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { contextOf, openSpan, openTrace, settle } from './port.ts';
import type { Attributes, Ended, Opening, OpenSpan, Span, Tracing } from './port.ts';

export type TracingDeps = {
  /** Milliseconds since the epoch, with fractions. */
  readonly now: () => number;
  /** The share of all traces that is exported, from 0 to 1. */
  readonly ratio: number;
  /** Takes a span of a trace that is exported. Never throws, never waits. */
  readonly take: (span: Span) => void;
};

export const createTracing = ({ now, ratio, take }: TracingDeps): Tracing => {
  const storage = new AsyncLocalStorage<OpenSpan>();
  const isSampled = sampler(ratio);
  const record = (span: Span): void => {
    if (isSampled(span.context.traceId)) take(span);
  };
  const newTraceId = (): string => randomId(16);
  const newSpanId = (): string => randomId(8);
  // What was begun within a span and outlives it was not asked for by whoever asked for that.
  const current = (): OpenSpan | undefined => {
    const open = storage.getStore();
    return open?.isOver === false ? open : undefined;
  };
  const around: Tracing['around'] = async (opening, run, endedAs) => {
    const { trace, parentSpanId } = placeOf(opening, current(), newTraceId);
    const open = openSpan(trace, newSpanId());
    const startMs = now();
    const end = (ended: Ended): void => {
      settle(trace);
      const place = { parentSpanId: parentSpanId ?? trace.below };
      record(spanFrom(opening, open, { ...place, startMs, endMs: now(), ended }));
    };
    try {
      const result = await storage.run(open, run);
      end(endedAs(result));
      return result;
    } catch (error) {
      end({ failed: error instanceof Error ? error.name : 'fault' });
      throw error;
    } finally {
      open.isOver = true;
    }
  };
  return {
    ...{ now, newTraceId, newSpanId, isSampled, record, current, around },
    within: (open, run) => storage.run(open, run),
  };
};

const placeOf = ({ cause, traceId }: Opening, above: OpenSpan | undefined, newTraceId: () => string) =>
  cause === undefined && above !== undefined
    ? { trace: above.trace, parentSpanId: above.spanId }
    : { trace: openTrace(cause?.traceId ?? traceId, newTraceId), parentSpanId: cause?.spanId };

type Course = {
  readonly parentSpanId: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly ended: Ended;
};

const spanFrom = (
  { name, kind, attributes }: Opening,
  open: OpenSpan,
  { parentSpanId, startMs, endMs, ended }: Course,
): Span => ({
  ...{ name, kind, context: contextOf(open), links: open.links },
  ...{ parentSpanId, startMs, endMs, failed: ended.failed },
  attributes: { ...attributes, ...subjectsOf(open.subjects), ...ended.attributes },
});

/** Where there are several, the links lead to them. */
const subjectsOf = (subjects: OpenSpan['subjects']): Attributes =>
  Object.fromEntries(
    [...subjects].flatMap(([name, [one, ...others]]) => (others.length === 0 ? [[name, one]] : [])),
  );

const randomId = (bytes: number): string => randomBytes(bytes).toString('hex');

const DIGITS = 13;

/** By the last digits of the id, which are random in every trace: OpenTelemetry's consistent probability sampling. */
const sampler = (ratio: number): Tracing['isSampled'] => {
  if (ratio >= 1) return () => true;
  if (ratio <= 0) return () => false;
  const rejected = (1 - ratio) * 16 ** DIGITS;
  return (traceId) => Number.parseInt(traceId.slice(-DIGITS), 16) >= rejected;
};
