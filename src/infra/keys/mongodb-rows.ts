import { randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import type { Collection } from 'mongodb';
import { z } from 'zod';
import { keyId } from '../../domain/sealed.ts';
import type { KeyId } from '../../domain/sealed.ts';
import type { MongoConnection } from '../mongodb/connect.ts';
import { unlessDuplicate } from '../mongodb/errors.ts';
import type { SubKeys } from './cipher.ts';
import type { FreshKey } from './key-pool.ts';
import { slotsByBlock, parseKeyId, SLOTS } from './key-slots.ts';
import type { Wrapping } from './wrapping.ts';

/** A block of keys by slot, or `wrapped`: a secret, or the proof of the master key. */
export type KeyRow = {
  readonly _id: string;
  readonly slots?: Readonly<Record<string, Binary>>;
  readonly wrapped?: Binary;
};

export type KeyRows = {
  readonly assertMasterKey: () => Promise<void>;
  /** A block of fresh keys, durable once this resolves. */
  readonly makeBlock: () => Promise<readonly FreshKey[]>;
  readonly load: (keyId: KeyId) => Promise<SubKeys | undefined>;
  readonly secret: (name: string) => Promise<Uint8Array>;
  readonly destroy: (keyIds: readonly KeyId[]) => Promise<void>;
};

type Context = {
  readonly rows: Collection<KeyRow>;
  readonly run: MongoConnection['run'];
  readonly wrapping: Wrapping;
};

const bytes = z.instanceof(Binary).transform((binary) => new Uint8Array(binary.value()));
const blockRow = z.object({ slots: z.record(z.string(), bytes).default({}) });
const wrappedRow = z.object({ wrapped: bytes });

// Said here too: nothing sealed may outlive its key because a server lost an acknowledged write.
export const DURABLE = { writeConcern: { w: 'majority', journal: true } } as const;

/** The collection `keys`. Each call changes one document at a time; one that failed may be made again. */
export const mongoKeyRows = (
  { collection, run }: Pick<MongoConnection, 'collection' | 'run'>,
  wrapping: Wrapping,
): KeyRows => {
  const context = { rows: collection<KeyRow>('keys'), run, wrapping };
  return {
    assertMasterKey: async () => {
      const proof = await firstOf(context, 'master', () => wrapping.proof);
      wrapping.assertProof(proof, 'the collection of keys');
    },
    makeBlock: () => makeBlock(context),
    load: (id) => load(context, id),
    secret: async (name) => {
      const wrapped = await firstOf(context, `${SECRET}${name}`, () => wrapping.freshSecret(name));
      return wrapping.unwrapSecret(name, wrapped);
    },
    destroy: async (keyIds) => {
      for (const [block, slots] of slotsByBlock(keyIds)) {
        const gone = Object.fromEntries(slots.map((slot) => [`slots.${slot.toString(36)}`, '' as const]));
        await run(() => context.rows.updateOne({ _id: blockName(block) }, { $unset: gone }, DURABLE));
      }
    },
  };
};

const BLOCK = 'block ';
const SECRET = 'secret ';
const blockName = (block: string): string => `${BLOCK}${block}`;

/** The block that a row holds; undefined for one that holds none. */
export const blockIn = (_id: string): string | undefined =>
  _id.startsWith(BLOCK) ? _id.slice(BLOCK.length) : undefined;
export const secretIn = (_id: string): string => _id.slice(SECRET.length);
export const slotsIn = (row: KeyRow): Readonly<Record<string, Uint8Array>> => blockRow.parse(row).slots;
export const wrappedIn = (row: KeyRow): Uint8Array => wrappedRow.parse(row).wrapped;

/** What whoever came first has stored under this name. */
const firstOf = ({ rows, run }: Context, _id: string, make: () => Uint8Array): Promise<Uint8Array> =>
  run(async () => {
    const found = await rows.findOne({ _id });
    if (found !== null) return wrappedRow.parse(found).wrapped;
    const mine = make();
    if (await unlessDuplicate(rows.insertOne({ _id, wrapped: new Binary(mine) }, DURABLE))) return mine;
    return wrappedRow.parse(await rows.findOne({ _id })).wrapped;
  });

/** Its name is chance: no two blocks share one, whichever process makes them. */
const makeBlock = async ({ rows, run, wrapping }: Context): Promise<readonly FreshKey[]> => {
  const block = randomBytes(8).toString('hex');
  const slots: Record<string, Binary> = {};
  const fresh = Array.from({ length: SLOTS }, (_, number): FreshKey => {
    const slot = number.toString(36);
    const id = keyId.parse(`${block}-${slot}`);
    const { wrapped, subKeys } = wrapping.freshKey(id);
    slots[slot] = new Binary(wrapped);
    return { keyId: id, subKeys };
  });
  await run(() => rows.insertOne({ _id: blockName(block), slots }, DURABLE));
  return fresh;
};

const load = async ({ rows, run, wrapping }: Context, id: KeyId): Promise<SubKeys | undefined> => {
  const place = parseKeyId(id);
  if (place === undefined) return undefined;
  const slot = place.slot.toString(36);
  const options = { projection: { [`slots.${slot}`]: 1 } };
  const found = await run(() => rows.findOne({ _id: blockName(place.block) }, options));
  const wrapped = found === null ? undefined : blockRow.parse(found).slots[slot];
  return wrapped === undefined ? undefined : wrapping.unwrapKey(id, wrapped);
};
