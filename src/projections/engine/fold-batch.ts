import type { Position, StoredEvent } from '../../infra/event-store/port.ts';
import type { ReadStore, Slot, StoredDocument } from '../../infra/read-store/port.ts';
import { DocumentRefused } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import type { Concern } from './concern.ts';
import { concernsOf } from './concern.ts';
import { checkedBodies } from './checked-bodies.ts';
import { absent, foldVersions } from './fold-document.ts';

/** Consecutive events of the log, and the position behind them. */
export type Batch = { readonly events: readonly StoredEvent[]; readonly position: Position };
export type Target = { readonly projection: Projection; readonly slot: Slot };

/**
 * Folds one batch into one generation: loads the documents it touches, folds in memory, writes them, then the
 * checkpoint. Returns the documents that changed, each version
 * of them where the collection keeps history. The same batch again, as a whole or cut otherwise, leaves the
 * same bytes.
 */
export const foldBatch = async (
  store: ReadStore,
  { projection, slot }: Target,
  { events, position }: Batch,
): Promise<readonly StoredDocument[]> => {
  const concerns = concernsOf(projection, events);
  const before = await loaded(store, slot, concerns);
  const documents = changed(projection, before, concerns);
  try {
    await store.write(slot, { documents, checkpoint: position });
    return documents;
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    const storable = changed(checkedBodies(projection), before, concerns);
    await store.write(slot, { documents: storable, checkpoint: position });
    return storable;
  }
};

type Concerns = ReadonlyMap<string, readonly Concern[]>;
type Documents = ReadonlyMap<string, StoredDocument>;

const loaded = async (store: ReadStore, slot: Slot, concerns: Concerns): Promise<Documents> => {
  if (concerns.size === 0) return new Map();
  const documents = await store.getMany(slot, [...concerns.keys()]);
  return new Map(documents.map((document) => [document.id, document]));
};

const changed = (projection: Projection, before: Documents, concerns: Concerns): readonly StoredDocument[] =>
  [...concerns].flatMap(([id, events]) => {
    const versions = foldVersions(projection, before.get(id) ?? absent(id), events);
    return projection.spec.history ? versions : versions.slice(-1);
  });
