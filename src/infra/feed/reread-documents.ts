import type { Position } from '../event-store/port.ts';
import type { CollectionSpec, Condition, ReadStore, StoredDocument } from '../read-store/port.ts';
import { UnknownCollection } from '../read-store/port.ts';
import { isFoundBy } from './conditions.ts';
import type { DocumentChanges } from './document-changes.ts';
import type { DocumentFrame } from './document-feed.ts';
import type { HeldDocuments } from './held-documents.ts';

/** One client's feed of documents. */
export type Following = {
  readonly readStore: Pick<ReadStore, 'find' | 'getMany' | 'generations'>;
  readonly spec: CollectionSpec;
  readonly where: readonly Condition[];
  readonly signal: AbortSignal;
  readonly changes: DocumentChanges;
  readonly held: HeldDocuments;
};
export type Frames<Result = void> = AsyncGenerator<DocumentFrame, Result, void>;

/** Documents in memory for one client at a time, however slowly it takes them. */
export const AT_ONCE = 100;

type Named = { readonly ids: readonly string[]; readonly position: Position };

/** Documents as they are now; one that the client has and that is no longer found is taken away. */
export async function* again(
  following: Following,
  { ids, position }: Named,
  kind: 'snapshot-document' | 'changed',
): Frames {
  for (let from = 0; from < ids.length && !following.signal.aborted; from += AT_ONCE) {
    const chunk = ids.slice(from, from + AT_ONCE);
    const found = await loaded(following, chunk);
    for (const id of chunk) {
      const document = found.get(id) ?? { id, position, body: null };
      if (isFound(following, document)) yield kept(following, document, kind);
      else if (following.held.mayHave(id)) yield takenAway(following, document);
    }
  }
}

const loaded = async ({ readStore, spec: { name } }: Following, ids: readonly string[]) => {
  const { live } = await readStore.generations(name);
  if (live === null) throw new UnknownCollection(name);
  const found = await readStore.getMany({ name, generation: live }, ids);
  return new Map(found.map((document) => [document.id, document]));
};

type Found = Pick<StoredDocument, 'id' | 'position' | 'body'>;
type Kept = Found & { readonly body: NonNullable<Found['body']> };

const isFound = ({ where }: Following, document: Found): document is Kept =>
  document.body !== null && isFoundBy(where, document.body);

const kept = (
  { held }: Following,
  { id, position, body }: Kept,
  kind: 'snapshot-document' | 'changed',
): DocumentFrame => {
  held.add(id);
  return { kind, id, position, body };
};

const takenAway = ({ held }: Following, { id, position }: Found): DocumentFrame => {
  held.remove(id);
  return { kind: 'changed', id, position, body: null };
};
