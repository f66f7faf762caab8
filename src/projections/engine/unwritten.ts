import type { CollectionSpec, StoredDocument } from '../../infra/read-store/port.ts';

/** Documents of one generation that wait to be written. */
type Unwritten = {
  readonly add: (documents: readonly StoredDocument[]) => void;
  /** All of them; from here on there are none. */
  readonly take: () => readonly StoredDocument[];
};

/** Of several versions of a document the last one is written, each where the collection keeps history. */
export const unwrittenOf = ({ history, isWrittenOnce }: CollectionSpec): Unwritten =>
  history || isWrittenOnce === true ? every() : latest();

const every = (): Unwritten => {
  let all: StoredDocument[] = [];
  return {
    add: (documents) => {
      for (const document of documents) all.push(document);
    },
    take: () => {
      const taken = all;
      all = [];
      return taken;
    },
  };
};

const latest = (): Unwritten => {
  let byId = new Map<string, StoredDocument>();
  return {
    add: (documents) => {
      for (const document of documents) byId.set(document.id, document);
    },
    take: () => {
      const taken = [...byId.values()];
      // Not cleared: see `passingMap`.
      byId = new Map();
      return taken;
    },
  };
};
