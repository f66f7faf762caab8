import type { Position, StoredEvent } from '../../infra/event-store/port.ts';
import type { ReadStore, Slot, StoredDocument } from '../../infra/read-store/port.ts';
import { DocumentRefused } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import type { Concern } from './concern.ts';
import { byCategory, concernsOf, eachConcern } from './concern.ts';
import { checkedBodies } from './checked-bodies.ts';
import { absent, foldDocument, foldOne, foldVersions } from './fold-document.ts';
import type { Recent } from './recent.ts';

/** Consecutive events of the log, and the position behind them. */
export type Batch = { readonly events: readonly StoredEvent[]; readonly position: Position };
export type Target = {
  readonly projection: Projection;
  readonly slot: Slot;
  /** Documents that need not be loaded. */
  readonly recent?: Recent;
};

/** What a batch makes of a generation's documents. */
export type Folded = {
  /** Those that change, each version of them where the collection keeps history. */
  readonly documents: readonly StoredDocument[];
  /** The same, but for documents that cannot be stored: those are blocked. Slower, so only once a write was refused. */
  readonly storable: () => readonly StoredDocument[];
};

/**
 * Folds one batch into one generation: loads the documents it touches, folds in memory, writes them, then the
 * checkpoint. Returns the documents that changed. The same batch again, as a whole or cut otherwise, leaves the
 * same bytes.
 */
export const foldBatch = async (
  store: ReadStore,
  target: Target,
  { events, position }: Batch,
): Promise<readonly StoredDocument[]> =>
  writeFolded(
    store,
    target.slot,
    await folded(store, target, byCategory(events)(target.projection.categories)),
    position,
  );

/** Loads and folds events of the projection's categories; nothing is written. */
export const folded = async (
  store: ReadStore,
  target: Target,
  events: readonly StoredEvent[],
): Promise<Folded> => {
  const { projection } = target;
  if (projection.spec.isWrittenOnce === true)
    return {
      documents: made(projection, events),
      storable: () => made(checkedBodies(projection), events),
    };
  const concerns = concernsOf(projection, events);
  const before = await loaded(store, target, concerns);
  return {
    documents: changed(projection, before, concerns),
    storable: () => changed(checkedBodies(projection), before, concerns),
  };
};

/** Writes what was folded, then the checkpoint; the documents as they are stored. */
export const writeFolded = async (
  store: ReadStore,
  slot: Slot,
  { documents, storable }: Folded,
  checkpoint: Position,
): Promise<readonly StoredDocument[]> => {
  try {
    await store.write(slot, { documents, checkpoint });
    return documents;
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    const stored = storable();
    await store.write(slot, { documents: stored, checkpoint });
    return stored;
  }
};

type Concerns = ReadonlyMap<string, readonly Concern[]>;
type Documents = ReadonlyMap<string, StoredDocument>;

const loaded = async (
  store: ReadStore,
  { projection, slot, recent }: Target,
  concerns: Concerns,
): Promise<Documents> => {
  const documents = new Map<string, StoredDocument>();
  const unknown: string[] = [];
  for (const [id, [first]] of concerns) {
    const document = recent?.get(id);
    if (document !== undefined) documents.set(id, document);
    else if (!isBegun(projection, first)) unknown.push(id);
  }
  const stored = unknown.length === 0 ? [] : await store.getMany(slot, unknown);
  for (const document of stored) documents.set(document.id, document);
  return documents;
};

/** Whether there is nothing before the first of these events. */
const isBegun = ({ begins }: Projection, first: Concern | undefined): boolean =>
  first !== undefined && begins?.(first.event) === true;

/** Each event makes its own documents: what a repetition finds there is what it makes again. */
const made = (projection: Projection, events: readonly StoredEvent[]): readonly StoredDocument[] => {
  const documents: StoredDocument[] = [];
  eachConcern(projection, events, (id, concern) => {
    documents.push(foldOne(projection, absent(id), concern));
  });
  return documents;
};

const changed = (
  projection: Projection,
  before: Documents,
  concerns: Concerns,
): readonly StoredDocument[] => {
  const documents: StoredDocument[] = [];
  for (const [id, events] of concerns) {
    const document = before.get(id) ?? absent(id);
    if (projection.spec.history) documents.push(...foldVersions(projection, document, events));
    else {
      const folded = foldDocument(projection, document, events);
      if (folded !== document) documents.push(folded);
    }
  }
  return documents;
};
