import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventBatch, EventStore, Position, StoredEvent } from '../event-store/port.ts';
import { burstOf, isTaken } from './burst.ts';
import type { EncodeEvent } from './encode-event.ts';
import type { EventClient } from './event-client.ts';
import { categoriesOf, isSelected } from './event-selection.ts';
import { groupMembers } from './group-members.ts';
import type { EventSelection } from './port.ts';

/** Clients that wait for the same events at the end of the log: read, chosen and encoded once for all of them. */
export type LiveGroups = {
  /**
   * From now on the client gets what follows the position it has reached. Resolves when it does not take an event, or its
   * signal aborts; rejects when the log fails. Undefined where the others are further: it has to read on by itself.
   */
  readonly join: (selection: EventSelection, client: EventClient) => Promise<void> | undefined;
};

type Source = { readonly store: EventStore; readonly encode: EncodeEvent };
type Group = { readonly join: (client: EventClient) => Promise<void> | undefined };

export const liveGroups = (source: Source): LiveGroups => {
  const groups = new Map<string, Group>();
  return {
    join: (selection, client) => {
      const { category, type, stream, correlationId } = selection;
      const key = JSON.stringify([category, type, stream, correlationId]);
      const known = groups.get(key);
      if (known !== undefined) return known.join(client);
      const group = liveGroup(source, { selection, after: client.after() }, () => {
        if (groups.get(key) === group) groups.delete(key);
      });
      groups.set(key, group);
      return group.join(client);
    },
  };
};

/** Events sent to each client before anything else gets a turn. */
const BURST = 100;

type Start = { readonly selection: EventSelection; readonly after: Position };

/** `onOver` is called when nobody follows any more, or nothing can be read: it must not be joined then. */
const liveGroup = ({ store, encode }: Source, { selection, after }: Start, onOver: () => void): Group => {
  const stop = new AbortController();
  const members = groupMembers(() => {
    onOver();
    stop.abort();
  });
  let reached = after;
  let isBehind = false;
  // Of what is not for them members are told nothing: each learns how far it is once there is something for it.
  const serve = (take: (client: EventClient) => boolean): void => {
    members.each((client) => {
      if (client.after() < reached) client.reach(reached);
      return take(client);
    });
  };
  const sendBurst = (events: readonly StoredEvent[]): void => {
    const wanted = events.filter((event) => isSelected(event, selection));
    const burst = burstOf(wanted.map((event) => ({ position: event.position, frame: encode(event) })));
    if (burst !== undefined) serve((client) => isTaken(client, burst));
    reached = events.at(-1)?.position ?? reached;
  };
  const take = async ({ events, position, caughtUp }: EventBatch): Promise<void> => {
    if (!caughtUp) serve((client) => isTold(client, position, false));
    for (let from = 0; from < events.length; from += BURST) {
      if (from > 0) await nextTurn();
      sendBurst(events.slice(from, from + BURST));
    }
    reached = position;
    if (!caughtUp || isBehind) serve((client) => isTold(client, position, caughtUp));
    isBehind = !caughtUp;
  };
  const run = async (): Promise<void> => {
    const options = { after, ...categoriesOf(selection), signal: stop.signal };
    for await (const batch of store.subscribe(options)) await take(batch);
  };
  void run().then(members.end, members.end);
  return { join: (client) => (client.after() < reached ? undefined : members.join(client)) };
};

/** Always true: to be told needs no credit. */
const isTold = (client: EventClient, position: Position, isCaughtUp: boolean): boolean => {
  if (position >= client.after()) {
    if (isCaughtUp) client.reach(position);
    client.told(isCaughtUp);
  }
  return true;
};
