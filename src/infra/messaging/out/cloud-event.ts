import type { Position, StoredEvent } from '../../event-store/port.ts';
import type { OutHeader, OutRecord } from '../../message-bus/port.ts';
import { spanOf, traceOf, traceparentText } from '../../tracing/port.ts';

export type CloudEventContext = {
  readonly namespace: string;
  /** A position as a cursor: the one that lists and feeds hand out. */
  readonly cursorOf: (position: Position) => string;
};

export type CloudEvent = {
  readonly topic: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** Names the form of the data. */
  readonly dataschema?: string;
  readonly data: object;
  /** Beside CloudEvents' own. */
  readonly headers?: readonly OutHeader[];
};

/** What a record says of an event beside its content. */
type Event = Pick<StoredEvent, 'eventId' | 'position'> & {
  readonly metadata: Pick<StoredEvent['metadata'], 'recordedAt' | 'correlationId' | 'causationId'>;
};

export const header = (name: string, value: string): OutHeader => [name, value];

const VERSION = header('ce_specversion', '1.0');
const JSON_TYPE = header('content-type', 'application/json');

/** CloudEvents 1.0 in Kafka's binary mode. Order is that of the log, per key; times decide nothing. */
export const cloudEventRecord = (
  { cursorOf }: Pick<CloudEventContext, 'cursorOf'>,
  event: Event,
  { topic, source, type, subject, dataschema, data, headers = [] }: CloudEvent,
): OutRecord => {
  return {
    topic,
    key: subject,
    value: JSON.stringify(data),
    headers: [
      VERSION,
      header('ce_id', event.eventId),
      header('ce_source', source),
      header('ce_type', type),
      header('ce_subject', subject),
      header('ce_time', event.metadata.recordedAt),
      header('ce_sequence', cursorOf(event.position)),
      header('ce_correlationid', event.metadata.correlationId),
      header('ce_causationid', event.metadata.causationId),
      header('ce_partitionkey', subject),
      header(
        'traceparent',
        traceparentOf({ eventId: event.eventId, correlationId: event.metadata.correlationId }),
      ),
      JSON_TYPE,
      ...(dataschema === undefined ? [] : [header('ce_dataschema', dataschema)]),
      ...headers,
    ],
  };
};

type Traced = { readonly eventId: string; readonly correlationId: string };

/**
 * Stored events carry no trace: one conversation is one trace, and each event is a span of it. Not sampled, unless whoever
 * exports it says so on its way out.
 */
export const traceparentOf = ({ eventId, correlationId }: Traced): string =>
  traceparentText({ traceId: traceOf(correlationId), spanId: spanOf(eventId) }, false);
