import type { Collection, Filter } from 'mongodb';
import { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import type { MongoConnection } from '../mongodb/connect.ts';
import { unlessDuplicate } from '../mongodb/errors.ts';
import type { Lease, Leases } from './port.ts';
import { watchedBeats } from './watched-beats.ts';
import type { WatchedBeats } from './watched-beats.ts';

/** `beat` is raised by each renewal; `holder` is null once it was released. */
const row = z.object({
  _id: z.string(),
  holder: z.string().nullable(),
  token: z.number(),
  beat: z.number(),
  ttlMs: z.number(),
});
type LeaseRow = z.infer<typeof row>;

export type MongoLeasesOptions = {
  readonly connection: Pick<MongoConnection, 'collection' | 'run'>;
  /** Only how much of it passes counts. */
  readonly clock: Pick<Clock, 'now'>;
};

type Context = { readonly rows: Collection<LeaseRow>; readonly watched: WatchedBeats };
type Wanted = { readonly name: string; readonly holder: string; readonly ttlMs: number };

/**
 * Leases in the collection `leases`, one document each. A lease held by somebody else can only be taken by a
 * contender that has asked for it before and has seen it unrenewed for its whole length since. Two contenders need
 * two names of holders: a process makes its own at each start.
 */
export const mongoLeases = ({ connection: { collection, run }, clock }: MongoLeasesOptions): Leases => {
  const rows = collection<LeaseRow>('leases');
  const watched = watchedBeats(clock);
  return {
    acquire: (name, holder, ttlMs) => run(() => acquire({ rows, watched }, { name, holder, ttlMs })),
    renew: ({ name, holder, token }) =>
      run(async () => {
        const renewed = await rows.updateOne({ _id: name, holder, token }, { $inc: { beat: 1 } });
        return renewed.matchedCount === 1;
      }),
    release: ({ name, holder, token }) =>
      run(async () => {
        await rows.updateOne({ _id: name, holder, token }, { $set: { holder: null } });
      }),
    held: () =>
      run(async () => {
        const found = row.array().parse(await rows.find({ holder: { $ne: null } }).toArray());
        return found.filter((seen) => !watched.isLapsed(seen)).flatMap(leaseIn);
      }),
  };
};

const acquire = async (context: Context, wanted: Wanted): Promise<Lease | undefined> => {
  const { rows, watched } = context;
  const found = await rows.findOne({ _id: wanted.name });
  if (found === null) return insert(rows, wanted);
  const seen = row.parse(found);
  const { _id, holder, token, beat } = seen;
  if (holder === wanted.holder) return take(rows, { _id, holder, token }, { ...wanted, token });
  if (holder !== null && !watched.isLapsed(seen)) return undefined;
  return take(rows, { _id, holder, token, beat }, { ...wanted, token: token + 1 });
};

const insert = async (rows: Collection<LeaseRow>, { name, holder, ttlMs }: Wanted) => {
  const inserted = await unlessDuplicate(rows.insertOne({ _id: name, holder, token: 1, beat: 0, ttlMs }));
  return inserted ? { name, holder, token: 1 } : undefined;
};

/** Takes it as it was seen: undefined when anybody has touched it since. */
const take = async (
  rows: Collection<LeaseRow>,
  asSeen: Filter<LeaseRow>,
  { name, holder, token, ttlMs }: Wanted & { readonly token: number },
): Promise<Lease | undefined> => {
  const taken = await rows.findOneAndUpdate(asSeen, { $set: { holder, token, ttlMs }, $inc: { beat: 1 } });
  return taken === null ? undefined : { name, holder, token };
};

const leaseIn = ({ _id: name, holder, token }: LeaseRow): readonly Lease[] =>
  holder === null ? [] : [{ name, holder, token }];
