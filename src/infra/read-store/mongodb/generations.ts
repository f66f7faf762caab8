import type { IndexDescription } from 'mongodb';
import { canonical } from '../../../domain/canonical.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import { checkedSpec } from '../collection-spec.ts';
import { UnknownCollection } from '../port.ts';
import type { CollectionSpec, Generations, Slot } from '../port.ts';
import type { Slots, StoredSlots } from './slots.ts';
import { generationsOf, memberOf } from './slots.ts';
import { BLOCKED, LIVE, pathOf } from './stored-row.ts';

/** Each change of a collection's generations is one write to one document; what it leaves unused is dropped after it. */
export const generationChanges = (connection: MongoConnection, slots: Slots) => {
  const changed = async (...change: Parameters<Slots['change']>): Promise<undefined> => {
    await slots.change(...change);
    await slots.sweep(change[0]);
  };
  return {
    fill: async (spec: CollectionSpec, generation: number) => {
      const checked = checkedSpec(spec);
      await changed(checked.name, (stored) => filling(stored, checked, generation));
      slots.forget(checked.name);
      return undefined;
    },
    seal: (spec: CollectionSpec, generation: number) => seal(connection, slots, spec, generation),
    switchTo: (slot: Slot) => changed(slot.name, (stored) => switched(stored, slot.generation)),
    drop: ({ name, generation }: Slot) =>
      changed(name, (stored) => {
        const to = without(stored, generation);
        return stored.slots[memberOf(generation)] === undefined ? undefined : { to };
      }),
  };
};

const filling = (stored: StoredSlots, spec: CollectionSpec, generation: number) => {
  const { name } = spec;
  if (!Number.isSafeInteger(generation)) throw new RangeError(`${name}: generation ${generation}`);
  if (stored.live === generation) throw new RangeError(`${name}: generation ${generation} is live`);
  const member = memberOf(generation);
  const slot = {
    key: `${member}r${stored.rev + 1}`,
    spec: canonical(spec),
    isSealed: false,
    checkpoint: '',
  };
  const to = { ...without(stored, generation), filling: generation };
  return { to, set: { [`slots.${member}`]: slot } };
};

const switched = (stored: StoredSlots, generation: number) => {
  const slot = stored.slots[memberOf(generation)];
  if (slot === undefined) throw new UnknownCollection(`${stored._id} has no generation ${generation}`);
  if (!slot.isSealed) throw new RangeError(`${stored._id}: generation ${generation} is not sealed`);
  const { live, filling: other } = stored;
  if (live === generation) return undefined;
  return { to: { live: generation, previous: live, filling: other === generation ? null : other } };
};

const without = (stored: Generations, generation: number): Generations => {
  const { live, previous, filling: third } = generationsOf(stored);
  const unless = (number: number | null): number | null => (number === generation ? null : number);
  return { live: unless(live), previous: unless(previous), filling: unless(third) };
};

const seal = async (
  connection: MongoConnection,
  slots: Slots,
  spec: CollectionSpec,
  generation: number,
): Promise<undefined> => {
  const { name } = spec;
  const slot = await slots.named({ name, generation });
  if (canonical(checkedSpec(spec)) !== slot.specText)
    throw new RangeError(`${name}: generation ${generation} was filled as something else`);
  if (slot.isSealed) return;
  const indexes = indexesOf(slot.spec);
  await connection.run(() => slot.documents.createIndexes([...indexes, BY_POSITION, OF_BLOCKED]));
  if (spec.history) await connection.run(() => slot.versions.createIndexes([{ key: { id: 1, from: -1 } }]));
  const member = memberOf(generation);
  await slots.change(name, (stored) =>
    stored.slots[member]?.key === slot.key
      ? { to: stored, set: { [`slots.${member}.isSealed`]: true } }
      : undefined,
  );
};

/** For whoever follows the read model from another process. */
const BY_POSITION: IndexDescription = { name: '_pos', key: { _pos: 1 } };

/** For a start, which looks at them again. */
const OF_BLOCKED: IndexDescription = {
  name: '_blocked',
  key: { blocked: 1 },
  partialFilterExpression: BLOCKED,
};

/** As declared; the id is the last part of each, so that a page in order needs no sorting. */
const indexesOf = ({ indexes }: CollectionSpec): IndexDescription[] => {
  const spelled = new Map(indexes.map((fields) => [fields.join('-'), fields]));
  return [...spelled].map(([name, fields]) => ({
    name,
    key: new Map([...fields.map(pathOf), '_id'].map((path) => [path, 1])),
    partialFilterExpression: LIVE,
  }));
};
