import type { Position } from '../../src/infra/event-store/port.ts';
import type {
  Body,
  CollectionSpec,
  ReadStore,
  Slot,
  StoredDocument,
} from '../../src/infra/read-store/port.ts';

/** Opens a read store over nothing; `reopen` closes it and opens it again over what it kept. */
export type OpenReadStore = () => Promise<{
  readonly store: ReadStore;
  readonly reopen: () => Promise<ReadStore>;
  readonly close: () => Promise<void>;
}>;

/** The number-th position of a log. */
export const at = (number: number): Position => String(number).padStart(20, '0') + '0'.repeat(20);

export const runs: CollectionSpec = {
  name: 'test-runs',
  fields: { status: 'text', size: 'number', isOpen: 'boolean', steps: 'text[]', tags: 'text[]' },
  indexes: [['status', 'size'], ['size'], ['isOpen'], ['steps']],
  history: false,
};

export const dated: CollectionSpec = { ...runs, name: 'dated', history: true };

/** Several documents of each order, found by their ids. */
export const lines: CollectionSpec = {
  name: 'order-lines',
  fields: { order: 'text', number: 'number' },
  indexes: [['order', 'number']],
  idPrefix: 'order',
  history: false,
};

/** The same, each of them of one event. */
export const entries: CollectionSpec = { ...lines, name: 'entries', isWrittenOnce: true };

/** What `read-store-process.ts` writes. */
export const written: CollectionSpec = {
  name: 'written',
  fields: { batch: 'number' },
  indexes: [['batch']],
  history: true,
};

export const document = (id: string, number: number, body: Body | null): StoredDocument => ({
  id,
  position: at(number),
  body,
  blocked: null,
});

/** `d00000`, `d00001` and on, each with its number as `size`, as of one position. */
export const numbered = (count: number, position: number): readonly StoredDocument[] =>
  Array.from({ length: count }, (_, index) =>
    document(`d${String(index).padStart(5, '0')}`, position, { size: index, note: `at ${position}` }),
  );

/** Makes generation 1 live, empty, indexed. */
export const goLive = async (store: ReadStore, spec: CollectionSpec, generation = 1): Promise<Slot> => {
  const slot = { name: spec.name, generation };
  await store.fill(spec, generation);
  await store.seal(spec, generation);
  await store.switchTo(slot);
  return slot;
};

/** Drops every generation of a collection. */
export const forget = async (store: ReadStore, name: string): Promise<void> => {
  for (const generation of Object.values(await store.generations(name)))
    if (generation !== null) await store.drop({ name, generation });
};

/** Writes documents with the checkpoint of the latest one. */
export const put = async (store: ReadStore, slot: Slot, ...documents: StoredDocument[]): Promise<void> => {
  const last = documents.map(({ position }) => position).sort();
  await store.write(slot, { documents, checkpoint: last.at(-1) ?? at(0) });
};

/** Everything in a slot, by id. */
export const everything = async (store: ReadStore, slot: Slot): Promise<readonly StoredDocument[]> => {
  const found: StoredDocument[] = [];
  for (;;) {
    const next = await store.scan(slot, found.at(-1)?.id ?? null, 5000);
    found.push(...next);
    if (next.length < 5000) return found;
  }
};
