import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import type { MongoConnection } from '../mongodb/connect.ts';
import { latestSigns } from './port.ts';
import type { HeardSigns, SharedPresence } from './port.ts';

export type MongoPresenceOptions = {
  readonly connection: Pick<MongoConnection, 'collection' | 'run'>;
  readonly clock: Clock;
  /** Names this start of this process. */
  readonly process: string;
  /** The store did not answer: it is tried again a second later. */
  readonly onTrouble: (error: unknown) => void;
};

const EVERY_MS = 1000;
const MOST_SERVICES = 10_000;

type Known = LRUCache<string, HeardSigns>;
type Heard = () => Iterable<readonly [service: string, signs: HeardSigns]>;

/**
 * Signs of life in the collection `presence`, one document per service and process. Every second each process writes
 * what changed and reads what others have written since it last read; documents that nobody renews expire.
 * @throws MongoUnavailable, MongoRefused.
 */
export const mongoPresence = async (options: MongoPresenceOptions): Promise<SharedPresence> => {
  const { connection, clock, process, onTrouble } = options;
  const rows = await presenceRows(connection, process);
  const [others, told]: [Known, Known] = [newKnown(), newKnown()];
  let heard: Heard = () => [];
  let cancel = (): void => undefined;
  let isStopped = false;
  let exchanging = Promise.resolve();

  const exchange = async (): Promise<void> => {
    try {
      await tell(rows, heard(), told);
      await listen(rows, others, clock);
    } catch (error) {
      onTrouble(error);
    }
  };
  const repeat = (): void => {
    exchanging = exchange().then(() => {
      if (!isStopped) cancel = clock.schedule(EVERY_MS, repeat);
    });
  };
  return {
    others: (service) => others.get(service),
    start: (source) => {
      heard = source;
      repeat();
    },
    stop: async () => {
      isStopped = true;
      cancel();
      await exchanging;
      await tell(rows, heard(), told).catch(onTrouble);
    },
  };
};

const newKnown = (): Known => new LRUCache({ max: MOST_SERVICES });

const tell = async (rows: PresenceRows, heard: ReturnType<Heard>, told: Known): Promise<void> => {
  const changed = [...heard].filter(([service, signs]) => !isDeepStrictEqual(told.peek(service), signs));
  if (changed.length === 0) return;
  await rows.write(changed);
  for (const [service, signs] of changed) told.set(service, signs);
};

const listen = async (rows: PresenceRows, others: Known, clock: Pick<Clock, 'now'>): Promise<void> => {
  for (const { service, signs } of await rows.readNew()) {
    const before = others.peek(service);
    const now = notAfter(clock.now(), signs);
    others.set(service, before === undefined ? now : latestSigns(before, now));
  }
};

/** A clock that is ahead must not keep a service alive once nobody hears of it any more. */
const notAfter = (now: number, signs: HeardSigns): HeardSigns => ({
  ...signs,
  polledAt: Math.min(now, signs.polledAt),
  heartbeatAt: Math.min(now, signs.heartbeatAt),
  claimedAt: Math.min(now, signs.claimedAt),
  workedAt: Math.min(now, signs.workedAt),
});

type PresenceRows = {
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
  /** The server's time, by which alone readers tell new from old. */
  writtenAt: z.date(),
});
type PresenceRow = z.infer<typeof presenceRow> & { readonly process: string };

const EXPIRE_S = 3600;
// A write may become readable a little after a later one, and a new primary's clock may be behind.
const OVERLAP_MS = 10_000;
// More than are written within the overlap.
const MOST_READ = 100_000;

/** The collection `presence`, as one process writes and reads it. */
const presenceRows = async (
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
