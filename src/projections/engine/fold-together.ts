import type { Position, StoredEvent } from '../../infra/event-store/port.ts';
import type { ReadStore, SlotBatch, StoredDocument } from '../../infra/read-store/port.ts';
import { DocumentRefused } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import { byCategory } from './concern.ts';
import type { Folded } from './fold-batch.ts';
import { folded, writeFolded } from './fold-batch.ts';
import type { Follower } from './generations.ts';

/** What a batch makes of one of several generations. */
export type Part = Folded & { readonly follower: Follower };
/** A generation, and its documents that changed. */
export type Changed = { readonly follower: Follower; readonly changed: readonly StoredDocument[] };

/** Folds events into several generations; nothing is written. */
export const foldAll = async (
  store: ReadStore,
  followers: readonly Follower[],
  events: readonly StoredEvent[],
  prepared = (projection: Projection): Projection => projection,
): Promise<readonly Part[]> => {
  const parts: Part[] = [];
  const eventsOf = byCategory(events);
  for (const follower of followers) {
    const own = eventsOf(follower.projection.categories);
    const { projection, slot, recent } = follower;
    const target = { projection: prepared(projection), slot, recent };
    const { documents, storable } = own.length > 0 ? await folded(store, target, own) : UNTOUCHED;
    parts.push({ follower, documents, storable });
  }
  for (const { projection } of followers) projection.afterBatch?.();
  return parts;
};

const UNTOUCHED: Folded = { documents: [], storable: () => [] };

/**
 * Writes what was folded, and `beside` with it, in one commit where the engine has any, and notes it with the generations.
 * Where a document is refused, each generation is written alone, and `beside` is not.
 */
export const writeAll = async (
  store: ReadStore,
  parts: readonly Part[],
  checkpoint: Position,
  beside: readonly SlotBatch[],
): Promise<readonly Changed[]> => {
  const changes = await written(store, parts, checkpoint, beside);
  for (const { follower, changed } of changes) {
    follower.checkpoint = checkpoint;
    noteBlocked(follower, changed);
  }
  return changes;
};

const written = async (
  store: ReadStore,
  parts: readonly Part[],
  checkpoint: Position,
  beside: readonly SlotBatch[],
): Promise<readonly Changed[]> => {
  try {
    const batches = parts.map(({ follower, documents }) => ({ slot: follower.slot, documents, checkpoint }));
    await store.writeAll([...batches, ...beside]);
    return parts.map(({ follower, documents }) => ({ follower, changed: documents }));
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    return oneByOne(store, parts, checkpoint);
  }
};

const oneByOne = async (
  store: ReadStore,
  parts: readonly Part[],
  checkpoint: Position,
): Promise<readonly Changed[]> => {
  const changes: Changed[] = [];
  for (const { follower, ...part } of parts) {
    // What was folded cannot be stored: it must be loaded again.
    follower.recent.forget();
    changes.push({ follower, changed: await writeFolded(store, follower.slot, part, checkpoint) });
  }
  return changes;
};

/** Notes which of a generation's documents are blocked now. */
export const noteBlocked = ({ blocked }: Follower, changed: readonly StoredDocument[]): void => {
  for (const document of changed) {
    if (document.blocked !== null) blocked.add(document.id);
    // Most of the time none is: to look up each id costs as much as to fold it.
    else if (blocked.size > 0) blocked.delete(document.id);
  }
};
