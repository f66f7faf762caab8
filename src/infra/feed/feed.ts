import type { Clock } from '../clock/port.ts';
import type { EventStore } from '../event-store/port.ts';
import { createAdmission } from '../session/admission.ts';
import { createFlow } from '../session/flow.ts';
import { createMessageGuard } from '../session/message-guard.ts';
import type { BurstOutlet, Entry, Session } from '../session/port.ts';
import type { DocumentFeed } from './document-feed.ts';
import { eventEncoder } from './encode-event.ts';
import { tapOf } from './event-client.ts';
import { FEED_GRAMMAR, framed } from './frames.ts';
import type { ClientFrame } from './frames.ts';
import { liveGroups } from './live-groups.ts';
import type { Feed, FeedAccess, Stream } from './port.ts';
import { prepare } from './prepare.ts';
import type { FeedCursor, Run, Sources } from './prepare.ts';
import { createSubscriptions } from './subscriptions.ts';

export type FeedDeps = {
  readonly store: EventStore;
  readonly cursor: FeedCursor;
  readonly clock: Clock;
  /** Without it there are feeds of events only. */
  readonly documents?: DocumentFeed;
  readonly onTrouble: (error: unknown) => void;
};

export const createFeed = (deps: FeedDeps): Feed => {
  const { store, cursor, clock, documents, onTrouble } = deps;
  const encode = eventEncoder(cursor.encode);
  const sources: Sources = {
    events: { store, encodeCursor: cursor.encode, encode, live: liveGroups({ store, encode }) },
    cursor,
    onTrouble,
    ...(documents === undefined ? {} : { documents }),
  };
  return {
    connect: (outlet, entry) => openSession({ sources, clock, outlet, entry }),
    stream: async (request, access) => {
      const allowed = access.judge(request);
      if (allowed.kind === 'refused') return allowed;
      const refused = await allowed.confirm?.();
      if (refused !== undefined) return refused;
      const prepared = prepare(sources, allowed);
      if (prepared.kind === 'refused') return prepared;
      return { kind: 'ready', start: (outlet) => startStream(prepared.run, outlet, { clock, access }) };
    },
  };
};

type SessionDeps = {
  readonly sources: Sources;
  readonly clock: Clock;
  readonly outlet: BurstOutlet;
  readonly entry: Entry<FeedAccess>;
};

const openSession = (deps: SessionDeps): Session => {
  const guard = createMessageGuard({ ...deps, grammar: FEED_GRAMMAR });
  const subscriptions = createSubscriptions(deps);
  const admission = createAdmission({ ...deps, onRenewed: subscriptions.recheck });
  const handle = (frame: ClientFrame, access: FeedAccess | undefined): void => {
    switch (frame.type) {
      case 'auth':
        return admission.present(frame.token);
      case 'subscribe':
        // The guard lets nothing but `auth` through before.
        return access === undefined ? undefined : subscriptions.add(frame, access);
      case 'unsubscribe':
        return subscriptions.remove(frame.id);
      case 'credit':
        return subscriptions.grant(frame.id, frame.events);
    }
  };
  return {
    receive: (message) => {
      const access = admission.current();
      guard.check(message, access !== undefined, (frame) => handle(frame, access));
    },
    drained: subscriptions.drained,
    end: () => {
      admission.end();
      subscriptions.end();
    },
  };
};

const ENDLESS = { first: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY };

type StreamDeps = { readonly clock: Clock; readonly access: FeedAccess };

const startStream = (run: Run, outlet: BurstOutlet, { clock, access }: StreamDeps): Stream => {
  const { expiresAt, whenRefused } = access;
  const flow = createFlow({ isFull: outlet.isFull, clock }, ENDLESS);
  const stop = new AbortController();
  const tap = tapOf(flow, outlet, stop.signal);
  const close = (): void => {
    if (!stop.signal.aborted) outlet.close('ended');
  };
  const expire = (): void => {
    tap.send(framed({ type: 'reauth', withinSeconds: 0 }));
    close();
  };
  const stopTimer =
    expiresAt === null ? undefined : clock.schedule(Math.max(0, expiresAt - clock.now()), expire);
  const stopWatching = whenRefused?.(expire);
  void run(tap).then(close);
  return {
    drained: flow.drained,
    end: () => {
      stopTimer?.();
      stopWatching?.();
      stop.abort();
    },
  };
};
