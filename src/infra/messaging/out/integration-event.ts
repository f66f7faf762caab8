import { categoryOf, idOf } from '../../../domain/stream-name.ts';
import type { StoredEvent } from '../../event-store/port.ts';
import type { OutRecord } from '../../message-bus/port.ts';
import type { Topics } from '../topics.ts';
import { cloudEventRecord, header } from './cloud-event.ts';
import type { CloudEventContext } from './cloud-event.ts';
import { publicEventOf } from './public-events.ts';

export type IntegrationContext = CloudEventContext & {
  readonly topics: Topics;
  /** Told of which event a record tells. */
  readonly onRecord?: ((record: OutRecord, event: StoredEvent) => void) | undefined;
};

/** Why a record holds no data: the event is at its place, whoever needs the rest reads the stream. */
export type Omitted = 'too_large' | 'unknown_form';

/** An event as the world sees it, without ciphertext; undefined for one that does not leave. */
export const integrationRecordOf = (
  context: IntegrationContext,
  event: StoredEvent,
  omitted?: Omitted,
): OutRecord | undefined => {
  const known = publicEventOf(categoryOf(event.stream), event.type);
  if (known === undefined) return undefined;
  const found = known.publicDataOf(event);
  const why = found === undefined ? 'unknown_form' : omitted;
  const data = why === undefined ? found : null;
  const record = cloudEventRecord(context, event, {
    topic: context.topics.named(known.topic).name,
    source: `urn:skald:${context.namespace}`,
    type: known.type,
    dataschema: known.dataschema,
    subject: idOf(event.stream),
    data: { stream: event.stream, revision: event.revision, data },
    headers: why === undefined ? [] : [header('skald-omitted', why)],
  });
  context.onRecord?.(record, event);
  return record;
};
