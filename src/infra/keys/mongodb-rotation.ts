import { Binary } from 'mongodb';
import type { Collection, Filter, UpdateFilter } from 'mongodb';
import { z } from 'zod';
import type { MongoConnection } from '../mongodb/connect.ts';
import { blockIn, DURABLE, secretIn, slotsIn, wrappedIn } from './mongodb-rows.ts';
import type { KeyRow } from './mongodb-rows.ts';
import { rewrapping, wrappingUnder } from './wrapping.ts';
import type { Rewrapping } from './wrapping.ts';

type Context = {
  readonly rows: Collection<KeyRow>;
  readonly run: MongoConnection['run'];
  readonly rewrap: Rewrapping;
};

const named = z.object({ _id: z.string() });

/**
 * Wraps everything in the collection of keys anew, the proof of the master key last: a crash before that leaves a
 * collection that only both keys open, and that the next start goes on with. Nothing where it was made under neither
 * of them, or is rotated already.
 */
export const rotateRows = async (
  { collection, run }: Pick<MongoConnection, 'collection' | 'run'>,
  { previous, masterKey }: { readonly previous: Uint8Array; readonly masterKey: Uint8Array },
): Promise<void> => {
  const [before, after] = [wrappingUnder(previous), wrappingUnder(masterKey)];
  const rewrap = rewrapping(previous, masterKey);
  const rows = collection<KeyRow>('keys');
  try {
    const stored = await run(() => rows.findOne({ _id: 'master' }));
    if (stored === null || !before.isProof(wrappedIn(stored))) return;
    const ids = await run(() => rows.find({}, { projection: { _id: 1 } }).toArray());
    for (const { _id } of named.array().parse(ids))
      if (_id !== 'master') await rotateRow({ rows, run, rewrap }, _id);
    const proof = { $set: { wrapped: new Binary(after.proof) } };
    await run(() => rows.updateOne({ _id: 'master', wrapped: new Binary(before.proof) }, proof, DURABLE));
  } finally {
    for (const one of [before, after, rewrap]) one.clear();
  }
};

/** Written only as it was read: a key that somebody destroys meanwhile must not come back. */
const rotateRow = async ({ rows, run, rewrap }: Context, _id: string): Promise<void> => {
  for (;;) {
    const found = await run(() => rows.findOne({ _id }));
    if (found === null) return;
    const [filter, update] = changeOf(found, rewrap);
    const { matchedCount } = await run(() => rows.updateOne(filter, update, DURABLE));
    if (matchedCount === 1) return;
  }
};

const changeOf = (row: KeyRow, rewrap: Rewrapping): readonly [Filter<KeyRow>, UpdateFilter<KeyRow>] => {
  const { _id, slots, wrapped } = row;
  const block = blockIn(_id);
  if (block === undefined || slots === undefined) {
    const secret = rewrap.secret(secretIn(_id), wrappedIn(row));
    return [
      { _id, ...(wrapped === undefined ? {} : { wrapped }) },
      { $set: { wrapped: new Binary(secret) } },
    ];
  }
  const moved = Object.entries(slotsIn(row)).map(
    ([slot, bytes]) => [slot, new Binary(rewrap.key(`${block}-${slot}`, bytes))] as const,
  );
  return [{ _id, slots }, { $set: { slots: Object.fromEntries(moved) } }];
};
