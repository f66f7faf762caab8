import type { StoredEvent, StoredMetadata } from '../port.ts';
import { commonOf } from './common.ts';
import type { Append } from './encode.ts';
import { toPosition } from './position.ts';

/** Number of the first event, and what the writer has set. */
export type Written = {
  readonly position: number;
  readonly recordedAt: string;
  /** Lower-case hex; those of this append begin at `firstHash`. */
  readonly hashes: readonly string[];
  readonly firstHash: number;
};

/**
 * The stored events of an append that was just written: values equal to those a read gives. The data is what was given
 * to be appended, so that whoever decided it need not check it again. Events of one version have one metadata object.
 */
export const storedEvents = (append: Append, written: Written): readonly StoredEvent[] => {
  const { stream, expected, events } = append;
  let metadata: StoredMetadata | undefined;
  return events.map(({ eventId, type, schemaVersion, data }, index) => {
    if (metadata?.schemaVersion !== schemaVersion)
      metadata = { ...commonOf(append.metadata), recordedAt: written.recordedAt, schemaVersion };
    return {
      stream,
      revision: expected.revision + 1 + index,
      position: toPosition(written.position + index),
      eventId,
      type,
      data,
      metadata,
      hash: written.hashes[written.firstHash + index] ?? '',
    };
  });
};

// The log's own threads write these texts, from events that passed the hash chain: parsing them against a schema
// again would cost more than reading them.
export const eventsOf = (text: string): readonly StoredEvent[] => JSON.parse(text) as readonly StoredEvent[];
