import { createHash } from 'node:crypto';
import type { Position, StoredEvent } from '../../event-store/port.ts';
import type { Header, OutRecord } from '../../message-bus/port.ts';

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
  readonly data: object;
  /** Beside CloudEvents' own. */
  readonly headers?: readonly Header[];
};

export const header = (name: string, value: string): Header => [name, Buffer.from(value)];

/** CloudEvents 1.0 in Kafka's binary mode. Order is that of the log, per key; times decide nothing. */
export const cloudEventRecord = (
  { cursorOf }: CloudEventContext,
  event: StoredEvent,
  { topic, source, type, subject, data, headers = [] }: CloudEvent,
): OutRecord => ({
  topic,
  key: subject,
  value: Buffer.from(JSON.stringify(data)),
  headers: [
    header('ce_specversion', '1.0'),
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
    header('content-type', 'application/json'),
    ...headers,
  ],
});

type Traced = { readonly eventId: string; readonly correlationId: string };

/**
 * Stored events carry no trace: one conversation is one trace id, derived from its correlation id; each event is a
 * span of it. Not sampled, because no such span was ever exported.
 */
export const traceparentOf = ({ eventId, correlationId }: Traced): string => {
  const trace = createHash('sha256').update(correlationId).digest('hex').slice(0, 32);
  const span = createHash('sha256').update(eventId).digest('hex').slice(0, 16);
  return `00-${trace}-${span}-00`;
};
