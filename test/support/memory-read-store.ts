// A read store as plain maps: what an engine or a query does with the port, without any file.
import { canonical } from '../../src/domain/canonical.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type {
  CollectionSpec,
  Generations,
  ReadStore,
  Slot,
  StoredDocument,
} from '../../src/infra/read-store/port.ts';
import { DocumentRefused, UndeclaredField } from '../../src/infra/read-store/port.ts';
import { compareKeys, keyOf, matches } from './memory-query.ts';

type Kept = {
  readonly spec: CollectionSpec;
  readonly documents: Map<string, StoredDocument>;
  readonly versions: StoredDocument[];
  checkpoint: string | null;
  isSealed: boolean;
};

const NONE: Generations = { live: null, previous: null, filling: null };

/** Everything stored passes through canonical JSON, as in a real engine. */
const stored = (document: StoredDocument): StoredDocument => {
  try {
    return JSON.parse(canonical(document)) as StoredDocument;
  } catch (cause) {
    throw new DocumentRefused(document.id, String(cause), { cause });
  }
};

/* eslint-disable @typescript-eslint/require-await -- what they throw becomes a rejection, as the port says */
export const memoryReadStore = (): ReadStore => {
  const slots = new Map<string, Kept>();
  const generations = new Map<string, Generations>();
  const generationsOf = (name: string): Generations => generations.get(name) ?? NONE;
  const keyOfSlot = ({ name, generation }: Slot): string => `${name}@${String(generation)}`;
  const kept = (slot: Slot): Kept => {
    const found = slots.get(keyOfSlot(slot));
    if (found === undefined) throw new Error(`no generation ${keyOfSlot(slot)}`);
    return found;
  };
  const live = (name: string): Kept => {
    const { live: generation } = generationsOf(name);
    if (generation === null) throw new Error(`${name} has no live generation`);
    return kept({ name, generation });
  };
  const assertDeclared = ({ spec }: Kept, fields: readonly string[]): void => {
    const undeclared = fields.find((field) => !Object.hasOwn(spec.fields, field));
    if (undeclared !== undefined) throw new UndeclaredField(undeclared);
  };
  const positionOf = ({ checkpoint }: Kept): string => checkpoint ?? START;
  const shown = (from: Kept): StoredDocument[] =>
    [...from.documents.values()].filter(({ body }) => body !== null);
  const write: ReadStore['write'] = async (slot, { documents, checkpoint }) => {
    const to = kept(slot);
    // Encoded as a whole first: a batch that cannot be stored leaves nothing behind.
    for (const document of documents.map(stored)) {
      const before = to.documents.get(document.id);
      if (before !== undefined && before.position >= document.position) continue;
      to.documents.set(document.id, document);
      if (to.spec.history) to.versions.push(document);
    }
    if (to.checkpoint === null || checkpoint > to.checkpoint) to.checkpoint = checkpoint;
  };
  return {
    fill: async (spec, generation) => {
      const slot = { name: spec.name, generation };
      slots.set(keyOfSlot(slot), {
        spec,
        documents: new Map(),
        versions: [],
        checkpoint: null,
        isSealed: false,
      });
      generations.set(spec.name, { ...generationsOf(spec.name), filling: generation });
    },
    seal: async (spec, generation) => {
      kept({ name: spec.name, generation }).isSealed = true;
    },
    switchTo: async (slot) => {
      if (!kept(slot).isSealed) throw new Error('only a sealed generation can become the live one');
      const { live: before, filling } = generationsOf(slot.name);
      generations.set(slot.name, {
        live: slot.generation,
        previous: before,
        filling: filling === slot.generation ? null : filling,
      });
    },
    drop: async (slot) => {
      slots.delete(keyOfSlot(slot));
      const { live: current, previous, filling } = generationsOf(slot.name);
      const unless = (one: number | null) => (one === slot.generation ? null : one);
      generations.set(slot.name, {
        live: unless(current),
        previous: unless(previous),
        filling: unless(filling),
      });
    },
    generations: async (name) => generationsOf(name),
    checkpoint: async (slot) => kept(slot).checkpoint,
    write,
    writeAll: async (batches) => {
      for (const { slot, ...batch } of batches) await write(slot, batch);
    },
    blockedIds: async (slot) =>
      [...kept(slot).documents.values()].flatMap(({ id, blocked }) => (blocked === null ? [] : [id])),
    replace: async (slot, document) => {
      kept(slot).documents.set(document.id, stored(document));
    },
    getMany: async (slot, ids) => ids.flatMap((id) => kept(slot).documents.get(id) ?? []),
    scan: async (slot, afterId, limit) =>
      [...kept(slot).documents.values()]
        .filter(({ id }) => afterId === null || compareKeys(id, afterId) > 0)
        .toSorted((a, b) => compareKeys(a.id, b.id))
        .slice(0, limit),
    get: async (name, id) => ({ document: live(name).documents.get(id), position: positionOf(live(name)) }),
    find: async (name, { where, sort, after, limit }) => {
      const from = live(name);
      assertDeclared(from, [sort.field, ...where.map(({ field }) => field)]);
      const sign = sort.direction === 'asc' ? 1 : -1;
      const order = (a: ReturnType<typeof keyOf>, b: ReturnType<typeof keyOf>): number =>
        sign * (compareKeys(a.value, b.value) || compareKeys(a.id, b.id));
      const left = shown(from)
        .filter(({ body }) => where.every((condition) => matches(body, condition)))
        .filter((one) => after === undefined || order(keyOf(one, sort.field), after) > 0)
        .toSorted((a, b) => order(keyOf(a, sort.field), keyOf(b, sort.field)));
      const documents = left.slice(0, limit);
      const last = documents.at(-1);
      const isMore = left.length > limit && last !== undefined;
      return { documents, ...(isMore ? { next: keyOf(last, sort.field) } : {}), position: positionOf(from) };
    },
    countBy: async (name, field, where) => {
      const from = live(name);
      assertDeclared(from, [field, ...where.map((condition) => condition.field)]);
      const found = shown(from).filter(({ body }) => where.every((condition) => matches(body, condition)));
      const groups = Map.groupBy(found, (one) => keyOf(one, field).value);
      const counts = [...groups].map(([value, { length: count }]) => ({ value, count }));
      return { counts, position: positionOf(from) };
    },
    getAt: async (name, id, at) =>
      live(name).versions.findLast((version) => version.id === id && version.position <= at),
    close: async () => undefined,
  };
};
