import { LogDamaged } from '../errors.ts';
import type { StoredEvent } from '../port.ts';
import { failureOf } from './failures.ts';
import type { KnownHashes } from './known-hashes.ts';
import type { Link } from './link.ts';
import { patiently } from './patience.ts';
import type { Waiting } from './patience.ts';
import { recordedIn } from './recorded.ts';
import type { Recorded } from './recorded.ts';
import { streamRequest } from './requests.ts';
import { storedEvent, storedHash } from './stored-event.ts';

export type ReadDeps = Waiting & {
  readonly link: Link;
  /** `<namespace>.` */
  readonly prefix: string;
  readonly hashes: KnownHashes;
};

export type EventsOfStream = {
  /**
   * Events from a revision on, in order, fewer than `count` at the end of the stream or where they are many bytes
   * (`isCut`). @throws LogDamaged, StoreUnavailable
   */
  readonly from: (stream: string, revision: number, count: number) => Promise<Page<StoredEvent>>;
  /** Events from a revision or the end back to older ones, the newest first. @throws LogDamaged, StoreUnavailable */
  readonly back: (stream: string, from: number | 'end', count: number) => Promise<readonly StoredEvent[]>;
  /** The newest event, unchecked. */
  readonly newest: (stream: string) => Promise<Recorded | undefined>;
  /** What the event at a revision (≥ -1) is chained on with, undefined where there is no such event. */
  readonly hashAt: (stream: string, revision: number) => Promise<string | undefined>;
};

export type Page<Event> = { readonly events: readonly Event[]; readonly isCut: boolean };

const MAX_BYTES = 16 * 1024 * 1024;

/** Reads of single streams, without the port's names, each event checked against the one before it. */
export const eventsOfStream = (deps: ReadDeps): EventsOfStream => {
  const { hashes } = deps;
  const read = pagesOf(deps);
  const hashAt = async (stream: string, revision: number): Promise<string | undefined> => {
    const known = hashes.at(stream, revision);
    if (known !== undefined) return known;
    const [event] = (await read(stream, revision, 'forwards', 1)).events;
    if (event?.revision !== revision) return undefined;
    const hash = storedHash(event);
    hashes.note({ stream, revision, hash });
    return hash;
  };
  const checked = async (
    stream: string,
    first: number,
    events: readonly Recorded[],
  ): Promise<readonly StoredEvent[]> => {
    if (events.length === 0) return [];
    const prev = await hashAt(stream, first - 1);
    if (prev === undefined) throw new LogDamaged(stream, first - 1, 'the event is missing');
    return chained(hashes, prev, first, events);
  };
  return {
    hashAt,
    newest: async (stream) => (await read(stream, 'end', 'backwards', 1)).events[0],
    from: async (stream, revision, count) => {
      const { events, isCut } = await read(stream, revision, 'forwards', count);
      return { events: await checked(stream, revision, events), isCut };
    },
    back: async (stream, from, count) => {
      const { events, isCut } = await read(stream, from, 'backwards', count);
      const newest = from === 'end' ? (events[0]?.revision ?? -1) : from;
      const first = isCut ? newest - events.length + 1 : Math.max(0, newest - count + 1);
      return (await checked(stream, first, events.toReversed())).toReversed();
    },
  };
};

type ReadPage = (
  stream: string,
  from: number | 'end',
  direction: 'forwards' | 'backwards',
  count: number,
) => Promise<Page<Recorded>>;

const pagesOf =
  (deps: ReadDeps): ReadPage =>
  (stream, from, direction, count) =>
    patiently(deps, async (leftMs) => {
      try {
        const request = streamRequest(deps.prefix + stream, from, direction, count);
        return await pageOf(deps, request, leftMs);
      } catch (error) {
        return missingOr(stream, error);
      }
    });

const pageOf = async (
  { link, prefix }: ReadDeps,
  request: ReturnType<typeof streamRequest>,
  leftMs: number,
): Promise<Page<Recorded>> => {
  const events: Recorded[] = [];
  let bytes = 0;
  for await (const response of link.read(request, { idleMs: leftMs })) {
    if (response.hasStreamNotFound()) break;
    const event = recordedIn(response, prefix);
    if (event === undefined) continue;
    events.push(event);
    bytes += event.data.length;
    if (bytes > MAX_BYTES) return { events, isCut: true };
  }
  return { events, isCut: false };
};

const missingOr = (stream: string, error: unknown): Page<Recorded> => {
  const failure = failureOf(error);
  if (failure === 'stream_not_found') return { events: [], isCut: false };
  if (failure === 'stream_deleted') throw new LogDamaged(stream, -1, 'the stream was deleted');
  if (failure === 'event_too_large')
    throw new LogDamaged(stream, -1, 'an event is larger than this product writes');
  throw error;
};

const chained = (
  hashes: KnownHashes,
  prev: string,
  first: number,
  events: readonly Recorded[],
): readonly StoredEvent[] => {
  let last = prev;
  return events.map((event, index) => {
    if (event.revision !== first + index)
      throw new LogDamaged(event.stream, first + index, 'the event is missing');
    const stored = storedEvent(last, event);
    hashes.note(stored);
    last = stored.hash;
    return stored;
  });
};
