import { LRUCache } from 'lru-cache';
import type { StoredDocument } from '../../infra/read-store/port.ts';

/** The documents of a generation that were folded last: loading them would say the same. */
export type Recent = {
  readonly get: (id: string) => StoredDocument | undefined;
  /** What a batch has made; all of it is known at least until the next batch is kept, stored or not. */
  readonly keep: (documents: readonly StoredDocument[]) => void;
  readonly forget: () => void;
};

// Characters of text, roughly: a generation's share of memory.
const MOST = 1024 * 1024;
// What an object costs beside its texts.
const EACH = 16;

export const noDocuments: Recent = {
  get: () => undefined,
  keep: () => undefined,
  forget: () => undefined,
};

export const recentDocuments = (): Recent => {
  const older = new LRUCache<string, StoredDocument>({ maxSize: MOST, sizeCalculation: sizeOf });
  let last = new Map<string, StoredDocument>();
  return {
    get: (id) => last.get(id) ?? older.get(id),
    keep: (documents) => {
      for (const [id, document] of last) older.set(id, document);
      last = new Map(documents.map((document) => [document.id, document]));
    },
    forget: () => {
      last.clear();
      older.clear();
    },
  };
};

const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let size = EACH;
  for (const member of Object.values(value)) size += sizeOf(member);
  return size;
};
