import type { Position } from '../event-store/port.ts';
import type { Projector } from '../projector/port.ts';
import type { CollectionSpec, Keyset, Page, ReadStore } from '../read-store/port.ts';
import { UndeclaredField, UnknownCollection } from '../read-store/port.ts';
import { flawIn, walkedBy } from './conditions.ts';
import { documentChanges } from './document-changes.ts';
import type { DocumentFeed } from './document-feed.ts';
import { heldDocuments } from './held-documents.ts';
import { again, AT_ONCE } from './reread-documents.ts';
import type { Following, Frames } from './reread-documents.ts';

type LiveDocumentsDeps = {
  readonly readStore: Pick<ReadStore, 'find' | 'getMany' | 'generations'>;
  readonly onChange: Projector['onChange'];
  /** The collections that may be followed. */
  readonly specs: readonly CollectionSpec[];
};

/**
 * Feeds of the live generations. A client that does not keep up gets each waiting document once, as it is when
 * it is its turn; where too many wait, or a rebuilt generation took over, the snapshot is sent again, up to its
 * `snapshot-end`. Where there is no live generation yet, the feed begins as soon as there is one.
 */
export const liveDocuments = ({ readStore, onChange, specs }: LiveDocumentsDeps): DocumentFeed => {
  const known = new Map(specs.map((spec) => [spec.name, spec]));
  return {
    refusalOf: ({ collection, where }) => {
      const spec = known.get(collection);
      if (spec === undefined)
        return { code: 'unknown_collection', detail: `there is no collection ${collection}` };
      const flaw = flawIn(spec, where);
      return flaw === undefined ? undefined : { code: 'invalid_condition', detail: flaw };
    },
    subscribe: async function* ({ collection, where, signal }) {
      const spec = known.get(collection);
      if (spec === undefined) throw new UnknownCollection(collection);
      const changes = documentChanges(onChange, collection, signal);
      const following = { readStore, spec, where, signal, changes, held: heldDocuments() };
      try {
        while (!signal.aborted) {
          const isWhole = yield* snapshot(following);
          if (isWhole) yield* changesAfter(following);
        }
      } finally {
        changes.stop();
      }
    },
  };
};

/**
 * All documents, then again those that changed while they were read: one may have moved past the reader. False
 * where too many of them changed for that.
 */
async function* snapshot(following: Following): Frames<boolean> {
  const { changes, held, signal } = following;
  changes.take();
  held.clear();
  let page = await firstPage(following);
  const first = page?.position;
  while (page !== undefined && !signal.aborted) {
    const { documents, next, position }: Page = page;
    for (const { id, position: at, body } of documents) {
      if (body === null) continue;
      held.add(id);
      yield { kind: 'snapshot-document', id, position: at, body };
    }
    if (next === undefined) return yield* snapshotEnd(following, first ?? position, position);
    page = await pageAfter(following, next);
  }
  return false;
}

/** `first` and `last`: where the read model was when reading began and ended. */
async function* snapshotEnd(following: Following, first: Position, last: Position): Frames<boolean> {
  const { changes, signal } = following;
  // What was written meanwhile is announced only after it can be read.
  if (first !== last) await changes.heardUpTo(last);
  if (signal.aborted) return false;
  const { ids, position } = changes.take();
  if (ids !== null) yield* again(following, { ids, position }, 'snapshot-document');
  yield { kind: 'snapshot-end', position: ids === null ? first : last };
  return ids !== null;
}

/** Ends when everything must be looked at again, or the signal has aborted. */
async function* changesAfter(following: Following): Frames {
  const { changes, signal } = following;
  for (;;) {
    await changes.arrived();
    if (signal.aborted) return;
    const { ids, position } = changes.take();
    if (ids === null) return;
    yield* again(following, { ids, position }, 'changed');
  }
}

/** As soon as there is a live generation; undefined when the signal aborts before. */
const firstPage = async (following: Following): Promise<Page | undefined> => {
  const { changes, signal } = following;
  while (!signal.aborted) {
    try {
      return await pageAfter(following);
    } catch (error) {
      // The fields were looked at: what an earlier version has left lacks one, and is about to be made anew.
      if (!(error instanceof UnknownCollection || error instanceof UndeclaredField)) throw error;
      await changes.arrived();
      changes.take();
    }
  }
  return undefined;
};

const pageAfter = ({ readStore, spec, where }: Following, after?: Keyset): Promise<Page> =>
  readStore.find(spec.name, {
    where,
    sort: { field: walkedBy(spec, where), direction: 'asc' },
    limit: AT_ONCE,
    ...(after === undefined ? {} : { after }),
  });
