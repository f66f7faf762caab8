import { pause } from '../../clock/port.ts';
import type { Clock, Random } from '../../clock/port.ts';
import { StoreClosed, StoreUnavailable } from '../errors.ts';
import type { Checkpoints, EventStore, Position } from '../port.ts';
import { arrivals } from './arrivals.ts';
import { appendsTo } from './append.ts';
import { checkpointsIn } from './checkpoints.ts';
import { connectionFrom } from './connection.ts';
import { eventsOfStream } from './events-of-stream.ts';
import type { ReadDeps } from './events-of-stream.ts';
import { follower } from './follow.ts';
import { identityOf } from './identity.ts';
import { knownHashes } from './known-hashes.ts';
import { lastBackFromEnd, lastPositionIn } from './last-position.ts';
import { linkTo } from './link.ts';
import { allSlices } from './read-all.ts';
import { streamSlices } from './read-stream.ts';
import { subscription } from './subscribe.ts';
import { tailFrom } from './tail.ts';
import type { TailBounds } from './tail.ts';

export type EventStoreDbOptions = {
  /** `esdb://user:password@host:2113?tls=true`; several hosts for a cluster, `esdb+discover://` for one name. */
  readonly url: string;
  /** `[a-z][a-z0-9]*`: streams are stored as `<namespace>.<stream>`. */
  readonly namespace: string;
  readonly clock: Clock;
  /** Jitter of the pauses between attempts. */
  readonly random: Random;
  /** Whatever goes wrong and is tried again. Messages hold no credentials. */
  readonly onTrouble: (error: unknown) => void;
  /** Longest wait for the answer to an append, then it is ambiguous. Default 2000. */
  readonly appendTimeoutMs?: number;
  /** Gives up trying to reach the server. */
  readonly signal?: AbortSignal;
  /** Longest silence of the subscription while the log has moved on. Default 60,000. */
  readonly silenceMs?: number;
  /** How much of the log's end is kept in memory; what is not is read from the server. */
  readonly tail?: TailBounds;
};

export type EventStoreDb = EventStore & {
  readonly checkpoints: Checkpoints;
  /** Whether live events arrive over a client that answers. */
  readonly isUp: () => boolean;
  /** How many clients there have been. */
  readonly generation: () => number;
};

const NAMESPACE = /^[a-z][a-z0-9]*$/;
const TAIL = { maxBytes: 32 * 1024 * 1024, maxEvents: 50_000 };
const PAUSE_MS = 500;
const SILENCE_MS = 60_000;
// What others have written since our last event is looked through once, however much it is.
const FIRST_LOOK_MS = 5000;
const LONGEST_LOOK_MS = 600_000;
const APPEND_TIMEOUT_MS = 2000;

/**
 * The event log in EventStoreDB or KurrentDB, 23.10 or later. Resolves once the server has answered.
 *
 * @throws ConnectionInvalid, RangeError for a namespace, StoreUnavailable where it gave up trying to start
 */
export const eventStoreDb = async (options: EventStoreDbOptions): Promise<EventStoreDb> => {
  const { clock, onTrouble, namespace } = options;
  if (!NAMESPACE.test(namespace)) throw new RangeError(`not a namespace: ${namespace}`);
  const link = linkTo({ connection: connectionFrom(options.url), clock, onTrouble });
  let ended: Error | undefined;
  const deps: ReadDeps = {
    link,
    clock,
    prefix: `${namespace}.`,
    hashes: knownHashes(),
    ended: () => ended,
  };
  try {
    const opened = await reached(deps, options);
    const finish = (): void => void (ended ??= new StoreClosed('the event store is closed'));
    return storeOver(deps, opened, options, finish);
  } catch (error) {
    await link.close();
    throw error;
  }
};

type Opened = { readonly logId: string; readonly last: Position };

const reached = async (deps: ReadDeps, options: EventStoreDbOptions): Promise<Opened> => {
  const { clock, onTrouble, signal } = options;
  for (let patienceMs = FIRST_LOOK_MS; ; patienceMs = Math.min(2 * patienceMs, LONGEST_LOOK_MS)) {
    try {
      return { logId: await identityOf(deps), last: await lastBackFromEnd(deps, patienceMs) };
    } catch (error) {
      onTrouble(error);
      if (signal?.aborted === true)
        throw new StoreUnavailable('the event store was not reached in time', { cause: error });
    }
    await pause(clock, PAUSE_MS, signal);
  }
};

const storeOver = (
  deps: ReadDeps,
  { logId, last }: Opened,
  options: EventStoreDbOptions,
  finish: () => void,
): EventStoreDb => {
  const { clock, onTrouble, random, silenceMs = SILENCE_MS } = options;
  const { appendTimeoutMs: timeoutMs = APPEND_TIMEOUT_MS } = options;
  const tail = tailFrom(last, options.tail ?? TAIL);
  const events = eventsOfStream(deps);
  const reading = { ...deps, events, arrivals: arrivals(clock), lastPosition: lastPositionIn(deps, tail) };
  const readAll = allSlices(reading);
  const following = follower({ ...reading, tail, random, silenceMs, onTrouble });
  const appends = appendsTo({ ...reading, isLive: following.isLive, timeoutMs });
  const stop = new AbortController();
  const running = following.run(stop.signal);
  const close = async (): Promise<void> => {
    await appends.drain();
    finish();
    tail.end(new StoreClosed('the event store is closed'));
    stop.abort();
    await running;
    await deps.link.close();
  };
  let closed: Promise<void> | undefined;
  return {
    logId,
    // Who restores the server leaves no sign of it that a client could read.
    epochs: [],
    append: appends.append,
    readStream: streamSlices(events),
    readAll,
    subscribe: (from) => subscription({ ...reading, tail, readAll, onTrouble }, from),
    lastPosition: reading.lastPosition,
    close: () => (closed ??= close()),
    checkpoints: checkpointsIn(deps),
    isUp: following.isLive,
    generation: deps.link.generation,
  };
};
