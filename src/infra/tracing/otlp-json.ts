import type { Attributes, Span, SpanContext, SpanKind } from './port.ts';

/** Who exports, as OpenTelemetry's resource says it. */
export type Exporting = {
  readonly serviceName: string;
  readonly version: string;
  /** Tells this process from others of the same service. */
  readonly instanceId: string;
};

const KINDS: Readonly<Record<SpanKind, number>> = {
  ...{ internal: 1, server: 2, client: 3, producer: 4, consumer: 5 },
};
const STATUS_ERROR = 2;

/** Spans as OTLP's `ExportTraceServiceRequest` in JSON: ids in hexadecimal, 64-bit numbers as texts. */
export const otlpJson = ({ serviceName, version, instanceId }: Exporting, spans: readonly Span[]): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: attributesOf({
            'service.name': serviceName,
            'service.version': version,
            'service.instance.id': instanceId,
            'telemetry.sdk.language': 'nodejs',
          }),
        },
        scopeSpans: [{ scope: { name: 'skald', version }, spans: spans.map(spanOf) }],
      },
    ],
  });

const spanOf = (span: Span) => {
  const { name, kind, context, parentSpanId, startMs, endMs, attributes, failed } = span;
  const { links = [], events = [] } = span;
  const all = failed === undefined ? attributes : { ...attributes, 'error.type': failed };
  return {
    ...context,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...{ name, kind: KINDS[kind] },
    startTimeUnixNano: nanosOf(startMs),
    endTimeUnixNano: nanosOf(endMs),
    attributes: attributesOf(all),
    ...(links.length === 0 ? {} : { links: links.map(linkOf) }),
    ...(events.length === 0 ? {} : { events: events.map(eventOf) }),
    ...(failed === undefined ? {} : { status: { code: STATUS_ERROR } }),
  };
};

const linkOf = ({ traceId, spanId }: SpanContext) => ({ traceId, spanId });

const eventOf = ({ name, atMs }: { readonly name: string; readonly atMs: number }) => ({
  ...{ name, timeUnixNano: nanosOf(atMs) },
});

/** Past what a number can hold: whole microseconds, then as text. */
const nanosOf = (ms: number): string => `${Math.round(ms * 1000)}000`;

const attributesOf = (attributes: Attributes) =>
  Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  );

const valueOf = (value: string | number | boolean | readonly string[]) => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'object')
    return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
};
