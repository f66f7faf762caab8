/** Which documents a client has, as far as that is worth remembering. */
export type HeldDocuments = {
  readonly add: (id: string) => void;
  readonly remove: (id: string) => void;
  /** False: it surely has not got this one. */
  readonly mayHave: (id: string) => boolean;
  readonly clear: () => void;
};

const MOST_IDS = 10_000;

/** A client that got more than it remembers may have any document. */
export const heldDocuments = (): HeldDocuments => {
  const ids = new Set<string>();
  let isWhole = true;
  return {
    add: (id) => {
      if (isWhole) ids.add(id);
      if (ids.size <= MOST_IDS) return;
      isWhole = false;
      ids.clear();
    },
    remove: (id) => void ids.delete(id),
    mayHave: (id) => !isWhole || ids.has(id),
    clear: () => {
      ids.clear();
      isWhole = true;
    },
  };
};
