import type { SQLOutputValue } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import type { Position } from '../../event-store/port.ts';
import { UnknownCollection } from '../port.ts';
import type { CollectionSpec, Generations, Slot } from '../port.ts';
import { checkedSpec } from '../collection-spec.ts';
import type { Connection } from './connection.ts';
import { numberIn, textIn } from './document-rows.ts';

/** A slot as the file knows it; its tables are named after `id`. */
export type OpenSlot = {
  readonly id: number;
  readonly spec: CollectionSpec;
  /** The specification's canonical JSON. */
  readonly specText: string;
  readonly isSealed: boolean;
  readonly checkpoint: Position | null;
};

export type Slots = {
  readonly find: (slot: Slot) => OpenSlot | undefined;
  /** @throws UnknownCollection */
  readonly named: (slot: Slot) => OpenSlot;
  /** `named` for as long as a transaction takes; what it says of checkpoints and seals may be out of date. */
  readonly known: () => (slot: Slot) => OpenSlot;
  /** @throws UnknownCollection for a collection without a live generation. */
  readonly live: (name: string) => OpenSlot;
  readonly generations: (name: string) => Generations;
};

const COLUMNS = 'id, spec, is_sealed, checkpoint';
const SPECS = 200;

export const documentsOf = (slot: OpenSlot): string => `documents_${String(slot.id)}`;
export const versionsOf = (slot: OpenSlot): string => `versions_${String(slot.id)}`;
/** The elements of a `text[]` that has an index. */
export const elementsOf = (slot: OpenSlot, field: string): string => `elements_${String(slot.id)}_${field}`;

export const slotsOf = (connection: Connection): Slots => {
  const { prepare } = connection;
  const specs = new LRUCache<number, CollectionSpec>({ max: SPECS });
  const opened = (record: Record<string, SQLOutputValue> | undefined): OpenSlot | undefined => {
    if (record === undefined) return undefined;
    const id = numberIn(record, 'id');
    const specText = textIn(record, 'spec');
    const spec = specs.get(id) ?? checkedSpec(JSON.parse(specText));
    specs.set(id, spec);
    const checkpoint = record['checkpoint'] === null ? null : textIn(record, 'checkpoint');
    return { id, spec, specText, isSealed: record['is_sealed'] === 1, checkpoint };
  };
  const find = ({ name, generation }: Slot): OpenSlot | undefined =>
    opened(prepare(`SELECT ${COLUMNS} FROM slots WHERE name = ? AND generation = ?`).get(name, generation));
  const generations = (name: string): Generations => {
    const row = prepare('SELECT live, previous, filling FROM generations WHERE name = ?').get(name);
    const numbered = (column: string): number | null => numberOrNull(row?.[column]);
    return { live: numbered('live'), previous: numbered('previous'), filling: numbered('filling') };
  };
  const named = (slot: Slot): OpenSlot => {
    const found = find(slot);
    if (found === undefined)
      throw new UnknownCollection(`${slot.name} has no generation ${String(slot.generation)}`);
    return found;
  };
  const live = (name: string): OpenSlot => {
    const generation = generations(name).live;
    if (generation === null) throw new UnknownCollection(`${name} has no live generation`);
    return named({ name, generation });
  };
  return { find, named, known: knownSlots(connection, named), live, generations };
};

/** Whoever makes or drops a slot makes or drops tables: until then all are as they were. */
const knownSlots = ({ prepare }: Connection, named: (slot: Slot) => OpenSlot) => {
  const slots = new Map<string, OpenSlot>();
  let schema: SQLOutputValue | undefined;
  const open = (slot: Slot): OpenSlot => {
    const key = `${slot.name}/${String(slot.generation)}`;
    const known = slots.get(key) ?? named(slot);
    slots.set(key, known);
    return known;
  };
  return () => {
    const current = prepare('PRAGMA schema_version').get()?.['schema_version'];
    if (current !== schema) slots.clear();
    schema = current;
    return open;
  };
};

const numberOrNull = (value: SQLOutputValue | undefined): number | null =>
  typeof value === 'number' ? value : null;
