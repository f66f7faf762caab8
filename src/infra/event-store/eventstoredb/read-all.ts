import type { AllSlice, EventStore, Position, StoredEvent } from '../port.ts';
import { LogDamaged } from '../errors.ts';
import type { EventsOfStream, ReadDeps } from './events-of-stream.ts';
import { isOwn } from './own-streams.ts';
import { patiently, tooLargeOr } from './patience.ts';
import { laterOf, toWire } from './position.ts';
import { assertCount } from './read-stream.ts';
import { checkpointIn, recordedIn } from './recorded.ts';
import type { Recorded } from './recorded.ts';
import { followRequest } from './requests.ts';
import { storedEvent } from './stored-event.ts';

export type AllReadDeps = ReadDeps & {
  readonly events: EventsOfStream;
  readonly lastPosition: () => Promise<Position>;
};

const MAX_BYTES = 16 * 1024 * 1024;
// Where next to nothing matches, a slice says how far it got instead of holding its caller up.
const ENOUGH_MS = 2000;

/**
 * A slice of the whole log, filtered by the server. It is read as a subscription that is left at the end: plain reads
 * do not say how far they looked where nothing matched.
 */
export const allSlices =
  (deps: AllReadDeps): EventStore['readAll'] =>
  async ({ after, categories, max }) => {
    assertCount('max', max, 1);
    toWire(after);
    // Known before the reading begins: what is before it has been looked at once the reading has caught up.
    const last = await deps.lastPosition();
    if (after >= last || categories?.length === 0)
      return { events: [], position: laterOf(after, last), isEnd: true };
    const prefixes = categories?.map((category) => `${deps.prefix}${category}-`) ?? [deps.prefix];
    const found = await patiently(deps, (leftMs) => collected(deps, { after, last, prefixes, max, leftMs }));
    return { ...found, events: await checked(deps, found.events) };
  };

type Collecting = {
  readonly after: Position;
  readonly last: Position;
  readonly prefixes: readonly string[];
  readonly max: number;
  readonly leftMs: number;
};
type Collected = Omit<AllSlice, 'events'> & { readonly events: readonly Recorded[] };

const collected = async (deps: AllReadDeps, collecting: Collecting): Promise<Collected> => {
  const { after, last, prefixes, leftMs } = collecting;
  const { events, position, add } = gathering(collecting);
  const looked = lookedUpTo(after, last);
  const enoughAt = deps.clock.now() + ENOUGH_MS;
  const upTo = (end: Position): Collected => ({ events, position: end, isEnd: end >= last });
  try {
    for await (const response of deps.link.read(followRequest(after, prefixes), { idleMs: leftMs })) {
      if (response.hasCaughtUp()) return upTo(laterOf(position(), last));
      if (add(recordedIn(response, deps.prefix))) return upTo(position());
      const end = laterOf(position(), looked(checkpointIn(response)));
      if (end >= last || deps.clock.now() >= enoughAt) return upTo(end);
    }
  } catch (error) {
    throw tooLargeOr(error, position());
  }
  throw new Error('the server ended the reading before its end');
};

const gathering = ({ after, last, max }: Collecting) => {
  const events: Recorded[] = [];
  let position = after;
  let bytes = 0;
  const isRepeated = (event: Recorded): boolean =>
    event.position <= after || events.some((known) => known.position === event.position);
  return {
    events,
    position: () => position,
    /** Whether that is enough. @throws where the server left an event out at first: then it must be read again */
    add: (event: Recorded | undefined): boolean => {
      if (event === undefined || isOwn(event.stream)) return false;
      if (event.position <= position) {
        if (isRepeated(event)) return false;
        throw new Error('the server sent events out of order');
      }
      events.push(event);
      position = event.position;
      bytes += event.data.length;
      return events.length === max || bytes > MAX_BYTES || position >= last;
    },
  };
};

/** A checkpoint is believed once a later one came: servers have sent them before the events in front of them. */
export const believedCheckpoints = (after: Position) => {
  let believed = after;
  let pending = after;
  return (checkpoint: Position | undefined): Position => {
    if (checkpoint !== undefined) {
      believed = laterOf(believed, pending);
      pending = laterOf(pending, checkpoint);
    }
    return believed;
  };
};

const lookedUpTo = (after: Position, last: Position) => {
  const believed = believedCheckpoints(after);
  return (checkpoint: Position | undefined): Position => {
    const position = believed(checkpoint);
    return position < last ? position : last;
  };
};

const checked = async (
  { hashes, events }: AllReadDeps,
  found: readonly Recorded[],
): Promise<readonly StoredEvent[]> => {
  const result: StoredEvent[] = [];
  for (const event of found) {
    const stored = await chainedEvent(events, event);
    hashes.note(stored);
    result.push(stored);
  }
  return result;
};

/** The event, checked against the stored event before it in its stream. @throws LogDamaged, StoreUnavailable */
export const chainedEvent = async (events: EventsOfStream, event: Recorded): Promise<StoredEvent> => {
  const prev = await events.hashAt(event.stream, event.revision - 1);
  if (prev === undefined) throw new LogDamaged(event.stream, event.revision - 1, 'the event is missing');
  return storedEvent(prev, event);
};
