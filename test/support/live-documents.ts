import { onTestFinished } from 'vitest';
import type { DocumentFrame } from '../../src/infra/feed/document-feed.ts';
import { liveDocuments } from '../../src/infra/feed/live-documents.ts';
import { movesOf } from '../../src/infra/projector/moves.ts';
import type { Projector } from '../../src/infra/projector/port.ts';
import type { Condition, StoredDocument } from '../../src/infra/read-store/port.ts';
import { freshReadStore } from './projecting.ts';
import { at, goLive, put, runs } from './read-documents.ts';

/** A read model that a test writes, and feeds of it that the test pulls frame by frame. */
export const livingDocuments = (readStore = freshReadStore()) => {
  const moves = movesOf();
  let listeners = 0;
  const onChange: Projector['onChange'] = (name, listener) => {
    listeners += 1;
    const end = moves.onChange(name, listener);
    return () => {
      listeners -= 1;
      end();
    };
  };
  const feed = liveDocuments({ readStore, onChange, specs: [runs] });
  const announce = (position: number, ids: readonly string[] | null): void =>
    moves.add([{ name: runs.name, position: at(position), ids }]);
  const write = (...documents: StoredDocument[]): Promise<void> =>
    put(readStore, { name: runs.name, generation: 1 }, ...documents);
  return {
    feed,
    readStore,
    announce,
    write,
    live: () => goLive(readStore, runs),
    listeners: () => listeners,
    /** Writes documents of one position, then says so, as the projector does. */
    change: async (...documents: StoredDocument[]): Promise<void> => {
      await write(...documents);
      const position = documents.at(-1)?.position ?? at(0);
      moves.add([{ name: runs.name, position, ids: documents.map(({ id }) => id) }]);
    },
    follow: (where: readonly Condition[] = []) => following(feed, where),
  };
};

const following = (feed: ReturnType<typeof liveDocuments>, where: readonly Condition[]) => {
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  const frames = feed
    .subscribe({ collection: runs.name, where, signal: stop.signal })
    [Symbol.asyncIterator]();
  const next = async (): Promise<DocumentFrame | undefined> => {
    const result = await frames.next();
    return result.done === true ? undefined : result.value;
  };
  return {
    stop,
    next,
    end: () => frames.return?.(),
    /** All frames up to the end of a snapshot, that one included. */
    snapshot: async (): Promise<DocumentFrame[]> => {
      const found: DocumentFrame[] = [];
      while (found.at(-1)?.kind !== 'snapshot-end') {
        const frame = await next();
        if (frame === undefined) throw new Error('the feed has ended');
        found.push(frame);
      }
      return found;
    },
  };
};
