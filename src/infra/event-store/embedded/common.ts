import { canonical } from '../../../domain/canonical.ts';
import type { AppendMetadata } from '../../../domain/event.ts';

/** Exactly the fields the log keeps: whatever else a caller's object carries is not metadata. */
export const commonOf = (from: AppendMetadata): AppendMetadata => ({
  actor: { kind: from.actor.kind, id: from.actor.id, source: from.actor.source },
  ...(from.bodyHash === undefined ? {} : { bodyHash: from.bodyHash }),
  causationId: from.causationId,
  commandId: from.commandId,
  correlationId: from.correlationId,
  ...(from.owner === undefined ? {} : { owner: from.owner }),
});

export const timeText = (ms: number): string => new Date(ms).toISOString();

/**
 * Canonical JSON of what all events of one append share. @throws NotEncodable
 */
export const commonText = (common: AppendMetadata): string => canonical(common);

// `recordedAt` and `schemaVersion` sort behind every field of an append, so they are joined on as text.
/** Canonical JSON of one event's whole stored metadata. */
export const metadataText = (common: string, recordedAtMs: number, schemaVersion: string): string =>
  `${common.slice(0, -1)},"recordedAt":"${timeText(recordedAtMs)}","schemaVersion":${JSON.stringify(schemaVersion)}}`;
