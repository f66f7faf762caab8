import type { StoredEvent } from '../../infra/event-store/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { StoredDocument } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import type { Concern } from './concern.ts';

const LONGEST_REASON = 500;

/** A document that no event has reached yet. */
export const absent = (id: string): StoredDocument => ({ id, position: START, body: null, blocked: null });

/**
 * The versions of a document that these events make, one for each that changes it. An event that cannot be folded
 * blocks the document: it keeps its last good body, and what follows is only counted.
 */
export const foldVersions = (
  projection: Projection,
  document: StoredDocument,
  concerns: readonly Concern[],
): readonly StoredDocument[] => {
  const versions: StoredDocument[] = [];
  let folded = document;
  for (const concern of concerns) {
    if (concern.event.position <= folded.position) continue;
    folded = foldOne(projection, folded, concern);
    versions.push(folded);
  }
  return versions;
};

/** The last of the versions; the same object where no event changes anything. */
export const foldDocument = (
  projection: Projection,
  document: StoredDocument,
  concerns: readonly Concern[],
): StoredDocument => {
  let folded = document;
  for (const concern of concerns)
    if (concern.event.position > folded.position) folded = foldOne(projection, folded, concern);
  return folded;
};

/** The document after one event. */
export const foldOne = (
  projection: Projection,
  document: StoredDocument,
  concern: Concern,
): StoredDocument => {
  const { event } = concern;
  const { id, body, blocked } = document;
  if (blocked !== null)
    return { ...document, position: event.position, blocked: { ...blocked, parked: blocked.parked + 1 } };
  if ('failure' in concern) return blockedBy(document, event, concern.failure);
  try {
    return { id, position: event.position, body: projection.fold(body, event, id), blocked: null };
  } catch (error) {
    return blockedBy(document, event, error);
  }
};

const blockedBy = (document: StoredDocument, event: StoredEvent, error: unknown): StoredDocument => ({
  ...document,
  position: event.position,
  blocked: {
    lastGood: document.position,
    at: event.position,
    type: event.type,
    reason: reasonOf(error),
    parked: 1,
  },
});

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_REASON).toWellFormed();
