import { LRUCache } from 'lru-cache';
import type { StoredDocument } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';

/** The documents of a generation that were folded last: loading them would say the same. */
export type Recent = {
  readonly get: (id: string) => StoredDocument | undefined;
  /** What was folded, stored or not: all of it is known until `age` was called twice. */
  readonly keep: (documents: readonly StoredDocument[]) => void;
  readonly age: () => void;
  readonly forget: () => void;
};

// Characters of text, roughly: a generation's share of memory.
const MOST = 1024 * 1024;
// What an object costs beside its texts.
const EACH = 16;

export const noDocuments: Recent = {
  get: () => undefined,
  keep: () => undefined,
  age: () => undefined,
  forget: () => undefined,
};

/** Those that are over are not kept for longer: few events come for them. */
export const recentDocuments = ({ isOver = () => false }: Pick<Projection, 'isOver'>): Recent => {
  const older = new LRUCache<string, StoredDocument>({ maxSize: MOST, sizeCalculation: sizeOf });
  let [last, before] = [new Map<string, StoredDocument>(), new Map<string, StoredDocument>()];
  return {
    get: (id) => last.get(id) ?? before.get(id) ?? older.get(id),
    keep: (documents) => {
      for (const document of documents) last.set(document.id, document);
    },
    age: () => {
      for (const [id, document] of before) {
        if (document.body === null || isOver(document.body)) older.delete(id);
        else older.set(id, document);
      }
      // Not cleared: see `passingMap`.
      before = last;
      last = new Map();
    },
    forget: () => {
      last.clear();
      before.clear();
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
