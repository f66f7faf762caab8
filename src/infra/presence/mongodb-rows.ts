import { LRUCache } from 'lru-cache';
import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { MongoConnection } from '../mongodb/connect.ts';
import type { HeardSigns } from './port.ts';

type PresenceRow = {
  readonly _id: string;
  readonly service: string;
  readonly process: string;
  readonly signs: HeardSigns;
  /** The server's time, by which alone readers tell new from old. */
  readonly writtenAt: Date;
};

export type PresenceRows = {
  readonly write: (changed: readonly (readonly [service: string, signs: HeardSigns])[]) => Promise<void>;
  /** What others have written since the last call, each write once; at first all there is. */
  readonly readNew: () => Promise<readonly { readonly service: string; readonly signs: HeardSigns }[]>;
};

const presenceRow = z.object({
  _id: z.string(),
  service: z.string(),
  signs: z.object({
    polledAt: z.number(),
    heartbeatAt: z.number(),
    claimedAt: z.number(),
    workedAt: z.number(),
    busyUntil: z.number(),
  }),
  writtenAt: z.date(),
});

const EXPIRE_S = 3600;
// A write may become readable a little after a later one, and a new primary's clock may be behind.
const OVERLAP_MS = 10_000;
// More than are written within the overlap.
const MOST_READ = 100_000;

/** The collection `presence`, as one process writes and reads it. */
export const presenceRows = async (
  { collection, run }: Pick<MongoConnection, 'collection' | 'run'>,
  process: string,
): Promise<PresenceRows> => {
  const rows = collection<PresenceRow>('presence');
  const written = { key: { writtenAt: 1 }, name: 'written', expireAfterSeconds: EXPIRE_S } as const;
  await run(() => rows.createIndexes([written]));
  const readAt = new LRUCache<string, number>({ max: MOST_READ });
  let readUpTo = 0;
  return {
    write: async (changed) => {
      const writes = changed.map(([service, signs]) => writeOf(process, service, signs));
      await run(() => rows.bulkWrite(writes, { ordered: false }));
    },
    readNew: async () => {
      const found = await run(() => newRows(rows, process, readUpTo - OVERLAP_MS));
      const unread = found.filter(({ _id, writtenAt }) => readAt.peek(_id) !== writtenAt.getTime());
      for (const { _id, writtenAt } of unread) {
        readAt.set(_id, writtenAt.getTime());
        readUpTo = Math.max(readUpTo, writtenAt.getTime());
      }
      return unread.map(({ service, signs }) => ({ service, signs }));
    },
  };
};

const writeOf = (process: string, service: string, signs: HeardSigns) => ({
  updateOne: {
    filter: { _id: `${process} ${service}` },
    update: {
      $set: { service, process, signs },
      $currentDate: { writtenAt: true as const },
    },
    upsert: true,
  },
});

const newRows = async (rows: Collection<PresenceRow>, process: string, after: number) => {
  const found = await rows.find({ writtenAt: { $gt: new Date(after) }, process: { $ne: process } }).toArray();
  return presenceRow.array().parse(found);
};
