import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock/port.ts';
import type { MongoConnection } from '../mongodb/connect.ts';
import { presenceRows } from './mongodb-rows.ts';
import type { PresenceRows } from './mongodb-rows.ts';
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
  const changed = [...heard].filter(([service, signs]) => {
    const before = told.peek(service);
    return before === undefined || !isSameSigns(before, signs);
  });
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

const isSameSigns = (one: HeardSigns, other: HeardSigns): boolean =>
  one.polledAt === other.polledAt &&
  one.heartbeatAt === other.heartbeatAt &&
  one.claimedAt === other.claimedAt &&
  one.workedAt === other.workedAt &&
  one.busyUntil === other.busyUntil;

/** A clock that is ahead must not keep a service alive once nobody hears of it any more. */
const notAfter = (now: number, signs: HeardSigns): HeardSigns => ({
  polledAt: Math.min(now, signs.polledAt),
  heartbeatAt: Math.min(now, signs.heartbeatAt),
  claimedAt: Math.min(now, signs.claimedAt),
  workedAt: Math.min(now, signs.workedAt),
  busyUntil: signs.busyUntil,
});
