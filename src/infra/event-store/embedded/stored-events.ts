import type { StoredEvent, StoredMetadata } from '../port.ts';
import { toPosition } from './position.ts';
import type { AppendRequest } from './protocol.ts';

/** Number of the first event, and what the writer has set. */
export type Written = {
  readonly position: number;
  readonly recordedAt: string;
  /** Of each event, lower-case hex. */
  readonly hashes: readonly string[];
};

/**
 * The stored events of an append that was just written: values equal to those a read gives. The data is what was given
 * to be appended, so that whoever decided it need not check it again.
 */
export const storedEvents = (request: AppendRequest, written: Written): readonly StoredEvent[] => {
  const { stream, expected, events, metadata: common } = request;
  const { recordedAt } = written;
  return events.map(({ eventId, type, schemaVersion, value: data }, index) => ({
    stream,
    revision: expected.revision + 1 + index,
    position: toPosition(written.position + index),
    eventId,
    type,
    data,
    metadata: { ...common, recordedAt, schemaVersion } satisfies StoredMetadata,
    hash: written.hashes[index] ?? '',
  }));
};

// The log's own threads write these texts, from events that passed the hash chain: parsing them against a schema
// again would cost more than reading them.
export const eventsOf = (text: string): readonly StoredEvent[] => JSON.parse(text) as readonly StoredEvent[];
