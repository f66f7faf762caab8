import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventBatch, EventStore, Position, StoredEvent } from '../event-store/port.ts';
import type { Flow } from '../session/flow.ts';
import type { Frame } from '../session/port.ts';
import type { EncodeEvent } from './encode-event.ts';
import { framed } from './frames.ts';
import type { EventSelection } from './port.ts';

/** What a subscription sends through, and what stops it. */
export type Tap = {
  readonly flow: Flow;
  readonly send: (frame: Frame) => void;
  readonly signal: AbortSignal;
};

export type EventSource = {
  readonly store: EventStore;
  readonly encode: EncodeEvent;
  readonly encodeCursor: (position: Position) => string;
};

export type EventScope = {
  readonly selection: EventSelection;
  readonly after: Position;
  /** Which of them the client may see; all where it is not there. */
  readonly sees?: (event: StoredEvent) => Promise<boolean>;
};

/** A client that takes nothing for this long holds no events in memory any more: it is read for again later. */
const PATIENCE_MS = 1000;
/** Events sent to one client before others get a turn. */
const BURST = 100;

/** Sends the events after a position until the tap's signal aborts. @throws PositionUnknown, LogDamaged, StoreClosed */
export const followEvents = async (
  source: EventSource,
  { after, ...wanted }: EventScope,
  tap: Tap,
): Promise<void> => {
  const place: Place = { after, isCaughtUp: false };
  while (await tap.flow.opens(tap.signal)) await readOn(source, wanted, tap, place);
};

/** How far the client is, and whether it was told that it has caught up. */
type Place = { after: Position; isCaughtUp: boolean };

type Wanted = Omit<EventScope, 'after'>;

/** Returns when the client does not take what there is, or the signal aborts. */
const readOn = async (
  { store, encode, encodeCursor }: EventSource,
  wanted: Wanted,
  tap: Tap,
  place: Place,
): Promise<void> => {
  const { signal } = tap;
  const told = (isCaughtUp: boolean): void => {
    if (isCaughtUp === place.isCaughtUp || signal.aborted) return;
    place.isCaughtUp = isCaughtUp;
    tap.send(framed({ type: isCaughtUp ? 'caughtUp' : 'lagging', cursor: encodeCursor(place.after) }));
  };
  const categories = categoriesOf(wanted.selection);
  for await (const batch of store.subscribe({ after: place.after, ...categories, signal })) {
    if (!batch.caughtUp) told(false);
    const isTaken = await sendBatch(batch, wanted, tap, (event) => {
      tap.send(encode(event));
      place.after = event.position;
    });
    if (!isTaken) {
      told(false);
      return;
    }
    place.after = batch.position;
    if (batch.caughtUp) told(true);
  }
};

/** The store can leave out whole categories; the rest is left out here. */
const categoriesOf = ({ category, stream }: EventSelection): { readonly categories?: readonly string[] } => {
  const name = category ?? stream?.slice(0, stream.indexOf('-'));
  return name === undefined ? {} : { categories: [name] };
};

const sendBatch = async (
  { events }: EventBatch,
  wanted: Wanted,
  tap: Tap,
  send: (event: StoredEvent) => void,
): Promise<boolean> => {
  const { signal } = tap;
  let sent = 0;
  for (const event of events) {
    // Awaited only where it must be: most clients see everything.
    const isWanted = isSelected(event, wanted);
    if (!(typeof isWanted === 'boolean' ? isWanted : await isWanted)) continue;
    if (signal.aborted || !(tap.flow.take() || (await isTakenLater(tap)))) return false;
    send(event);
    sent += 1;
    if (sent % BURST === 0) await nextTurn();
  }
  return true;
};

const isTakenLater = async ({ flow, signal }: Tap): Promise<boolean> =>
  (await flow.opens(signal, PATIENCE_MS)) && flow.take();

const isSelected = (event: StoredEvent, { selection, sees }: Wanted): boolean | Promise<boolean> =>
  matches(event, selection) && (sees === undefined || sees(event));

const matches = (
  { stream, type, metadata }: StoredEvent,
  { category, stream: name, type: only, correlationId }: EventSelection,
): boolean =>
  (only === undefined || type === only) &&
  (name === undefined || stream === name) &&
  (category === undefined || stream.startsWith(`${category}-`)) &&
  (correlationId === undefined || metadata.correlationId === correlationId);
