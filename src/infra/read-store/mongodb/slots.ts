import type { Collection } from 'mongodb';
import type { Position } from '../../event-store/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import { MongoUnavailable, unlessDuplicate } from '../../mongodb/errors.ts';
import { checkedSpec } from '../collection-spec.ts';
import { UnknownCollection } from '../port.ts';
import type { CollectionSpec, Generations, Slot } from '../port.ts';
import { knownKeys } from './known-keys.ts';
import type { StoredRow, StoredVersion } from './stored-row.ts';
import { sweep } from './sweep.ts';

// Raised with the form of what is stored: another form is another set of collections, folded anew from the log.
const LAYOUT = 'read1';
const MOST_TRIES = 20;

type StoredSlot = {
  /** Names its collections; no other slot ever has it, so that a writer that comes late meets none but its own. */
  readonly key: string;
  /** The specification's canonical JSON. */
  readonly spec: string;
  readonly isSealed: boolean;
  /** Empty: none. In one document with the generations: what is live and how far it is are read as one. */
  readonly checkpoint: string;
};

/** Everything about a collection's generations, in one document: a switch is one write. */
export type StoredSlots = Generations & {
  readonly _id: string;
  readonly rev: number;
  /** How often documents were folded again, which no position tells. */
  readonly refolds?: number;
  /** By `g<generation>`. */
  readonly slots: Readonly<Record<string, StoredSlot>>;
};

export type OpenSlot = Slot & {
  readonly key: string;
  readonly spec: CollectionSpec;
  readonly specText: string;
  readonly isSealed: boolean;
  readonly checkpoint: Position | null;
  /** Another text than before: any of its documents may differ, wherever it stands. */
  readonly making: string;
  readonly documents: Collection<StoredRow>;
  readonly versions: Collection<StoredVersion>;
};

/** The generations after a change, and members of the stored document to set with them. */
export type SlotChange = { readonly to: Generations; readonly set?: Readonly<Record<string, unknown>> };

export type Slots = {
  /**
   * The slot that was there when it was first asked for: a writer that slept meets none that another process has filled
   * anew under its number, and one that runs none that was put back to an earlier state. @throws UnknownCollection
   */
  readonly named: (slot: Slot) => Promise<OpenSlot>;
  /** @throws UnknownCollection for a collection without a live generation. */
  readonly live: (name: string) => Promise<OpenSlot>;
  /** The live slot of every collection that has one. */
  readonly allLive: () => Promise<readonly OpenSlot[]>;
  /** Whoever asks takes slots as they are from now on. */
  readonly generations: (name: string) => Promise<Generations>;
  /** Decides on what is stored and stores the outcome, again where another process came between. */
  readonly change: (name: string, decide: (stored: StoredSlots) => SlotChange | undefined) => Promise<void>;
  /** Never goes back; of a slot that is gone it changes nothing. */
  readonly advance: (slot: OpenSlot, checkpoint: Position) => Promise<void>;
  /** Notes that documents were replaced. */
  readonly refolded: (name: string) => Promise<unknown>;
  /** This process is about to use other slots of the collection, or one that it has filled anew. */
  readonly forget: (name: string) => void;
  /** Drops the collections of slots that are no more, also those a crash or a late writer has left behind. */
  readonly sweep: (name: string) => Promise<void>;
};

export const memberOf = (generation: number): string => `g${generation}`;

export const slotsOf = (connection: MongoConnection): Slots => {
  const { run } = connection;
  const stored = connection.collection<StoredSlots>(LAYOUT);
  const read = async (name: string): Promise<StoredSlots> =>
    (await run(() => stored.findOne({ _id: name }))) ?? nothingOf(name);
  const open = (slots: StoredSlots, generation: number): OpenSlot => opened(connection, slots, generation);
  const known = knownKeys();
  return {
    named: (slot) => known.checked(slot, async () => open(await read(slot.name), slot.generation)),
    live: async (name) => {
      const slots = await read(name);
      if (slots.live === null) throw new UnknownCollection(`${name} has no live generation`);
      return open(slots, slots.live);
    },
    allLive: async () => {
      const all = await run(() => stored.find({}, { maxTimeMS: 5000 }).toArray());
      return all.flatMap((slots) => (slots.live === null ? [] : [open(slots, slots.live)]));
    },
    generations: async (name) => {
      known.forget(name);
      return generationsOf(await read(name));
    },
    change: async (name, decide) => {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const current = await read(name);
        const change = decide(current);
        if (change === undefined || (await run(() => replaced(stored, current, change)))) return;
      }
      throw new MongoUnavailable('Contended', `${name}: others change its generations all the time`);
    },
    advance: async (slot, checkpoint) => {
      await run(() => advanced(stored, slot, checkpoint));
      known.reached(slot, checkpoint);
    },
    refolded: (name) => run(() => stored.updateOne({ _id: name }, { $inc: { refolds: 1 } })),
    forget: known.forget,
    sweep: (name) => sweep(connection, `${stored.collectionName}.${name}.`, () => keysOf(read(name))),
  };
};

const keysOf = async (stored: Promise<StoredSlots>): Promise<readonly string[]> =>
  Object.values((await stored).slots).map(({ key }) => key);

const advanced = (
  stored: Collection<StoredSlots>,
  { name, generation, key }: OpenSlot,
  checkpoint: Position,
): Promise<unknown> => {
  const slot = `slots.${memberOf(generation)}`;
  const behind = { _id: name, [`${slot}.key`]: key, [`${slot}.checkpoint`]: { $lt: checkpoint } };
  return stored.updateOne(behind, { $set: { [`${slot}.checkpoint`]: checkpoint } });
};

const nothingOf = (name: string): StoredSlots => ({
  _id: name,
  rev: 0,
  live: null,
  previous: null,
  filling: null,
  slots: {},
});

export const generationsOf = ({ live, previous, filling }: Generations): Generations => ({
  live,
  previous,
  filling,
});

const opened = (connection: MongoConnection, stored: StoredSlots, generation: number): OpenSlot => {
  const { _id, slots, refolds = 0 } = stored;
  const slot = slots[memberOf(generation)];
  if (slot === undefined) throw new UnknownCollection(`${_id} has no generation ${generation}`);
  const { key, spec, isSealed, checkpoint } = slot;
  const physical = `${LAYOUT}.${_id}.${key}`;
  return {
    name: _id,
    generation,
    key,
    spec: checkedSpec(JSON.parse(spec)),
    specText: spec,
    isSealed,
    checkpoint: checkpoint === '' ? null : checkpoint,
    making: `${key}/${refolds}`,
    documents: connection.collection(physical),
    versions: connection.collection(`${physical}.versions`),
  };
};

/** False where what is stored is not `current` any more. */
const replaced = async (
  stored: Collection<StoredSlots>,
  { _id, rev, slots }: StoredSlots,
  { to, set }: SlotChange,
): Promise<boolean> => {
  const kept = [to.live, to.previous, to.filling].map((number) => (number === null ? '' : memberOf(number)));
  const gone = Object.keys(slots).filter((member) => !kept.includes(member));
  const $set = { rev: rev + 1, ...generationsOf(to), ...set };
  const $unset = Object.fromEntries(gone.map((member) => [`slots.${member}`, true] as const));
  // Member by member: the checkpoints in it move meanwhile.
  const update = gone.length === 0 ? { $set } : { $set, $unset };
  const done = await unlessDuplicate(stored.updateOne({ _id, rev }, update, { upsert: rev === 0 }));
  return done !== false && done.matchedCount + done.upsertedCount === 1;
};
