import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventBatch, EventStore, Position, StoredEvent } from '../event-store/port.ts';
import type { EncodeEvent } from './encode-event.ts';
import { eventClient } from './event-client.ts';
import type { EventClient, Tap } from './event-client.ts';
import { categoriesOf, isSelected } from './event-selection.ts';
import type { LiveGroups } from './live-groups.ts';
import type { EventSelection } from './port.ts';

export type EventSource = {
  readonly store: EventStore;
  readonly encode: EncodeEvent;
  readonly encodeCursor: (position: Position) => string;
  readonly live: LiveGroups;
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
  const client = eventClient(tap, source.encodeCursor, after);
  while (await tap.flow.opens(tap.signal)) {
    await readOn(source, wanted, { client, tap });
    if (!(await tap.flow.opens(tap.signal, PATIENCE_MS))) client.told(false);
  }
};

type Wanted = Omit<EventScope, 'after'>;
type Reader = { readonly client: EventClient; readonly tap: Tap };

/** Returns when the client does not take what there is, or the signal aborts. */
const readOn = async (source: EventSource, wanted: Wanted, reader: Reader): Promise<void> => {
  const { client } = reader;
  const { selection, sees } = wanted;
  const options = { after: client.after(), ...categoriesOf(selection), signal: client.signal };
  for await (const batch of source.store.subscribe(options)) {
    if (!batch.caughtUp) client.told(false);
    if (!(await isTaken(batch, source.encode, { wanted, ...reader }))) return;
    client.reach(batch.position);
    if (!batch.caughtUp) continue;
    client.told(true);
    // At the end of the log all clients that may see the same are served together.
    const left = sees === undefined ? source.live.join(selection, client) : undefined;
    if (left !== undefined) return left;
  }
};

const isTaken = async (
  { events }: EventBatch,
  encode: EncodeEvent,
  { wanted, client, tap }: Reader & { readonly wanted: Wanted },
): Promise<boolean> => {
  let sent = 0;
  for (const event of events) {
    // Awaited only where it must be: most clients see everything.
    const isWanted = isSeen(event, wanted);
    if (!(typeof isWanted === 'boolean' ? isWanted : await isWanted)) continue;
    const offer = (): boolean => client.offer(encode(event), event.position);
    if (!offer() && !((await tap.flow.opens(tap.signal, PATIENCE_MS)) && offer())) return false;
    sent += 1;
    if (sent % BURST === 0) await nextTurn();
  }
  return true;
};

const isSeen = (event: StoredEvent, { selection, sees }: Wanted): boolean | Promise<boolean> =>
  isSelected(event, selection) && (sees === undefined || sees(event));
