import type { Clock } from '../clock/port.ts';
import type { EventStore } from '../event-store/port.ts';
import { createAdmission } from './admission.ts';
import type { Admit } from './admission.ts';
import type { DocumentFeed } from './document-feed.ts';
import { eventEncoder } from './encode-event.ts';
import { createFlow } from './flow.ts';
import type { ClientFrame } from './frames.ts';
import { createMessageGuard } from './message-guard.ts';
import type { Feed, Outlet, Session } from './port.ts';
import { prepare } from './prepare.ts';
import type { FeedCursor, Run, Sources } from './prepare.ts';
import { createSubscriptions } from './subscriptions.ts';

export type FeedDeps = {
  readonly store: EventStore;
  readonly cursor: FeedCursor;
  readonly clock: Clock;
  /** Without it there are feeds of events only. */
  readonly documents?: DocumentFeed;
  /** Without it every connection is admitted: only for a server that talks to its own machine. */
  readonly admit?: Admit;
  readonly onTrouble: (error: unknown) => void;
};

export const createFeed = (deps: FeedDeps): Feed => {
  const { store, cursor, clock, documents, onTrouble } = deps;
  const sources: Sources = {
    events: { store, encodeCursor: cursor.encode, encode: eventEncoder(cursor.encode) },
    cursor,
    onTrouble,
    ...(documents === undefined ? {} : { documents }),
  };
  return {
    connect: (outlet) => openSession({ sources, clock, outlet, admit: deps.admit }),
    stream: (request) => {
      const prepared = prepare(sources, request);
      if (prepared.kind === 'refused') return prepared;
      return { kind: 'ready', start: (outlet) => startStream(prepared.run, outlet, clock) };
    },
  };
};

type SessionDeps = {
  readonly sources: Sources;
  readonly clock: Clock;
  readonly outlet: Outlet;
  readonly admit: Admit | undefined;
};

const openSession = (deps: SessionDeps): Session => {
  const guard = createMessageGuard(deps);
  const admission = createAdmission(deps);
  const subscriptions = createSubscriptions(deps);
  const handle = (frame: ClientFrame): void => {
    switch (frame.type) {
      case 'auth':
        return admission.present(frame.token);
      case 'subscribe':
        return subscriptions.add(frame);
      case 'unsubscribe':
        return subscriptions.remove(frame.id);
      case 'credit':
        return subscriptions.grant(frame.id, frame.events);
    }
  };
  return {
    receive: (message) => guard(message, admission.isAdmitted(), handle),
    drained: subscriptions.drained,
    end: () => {
      admission.end();
      subscriptions.end();
    },
  };
};

const startStream = (run: Run, outlet: Outlet, clock: Clock): Pick<Session, 'drained' | 'end'> => {
  const flow = createFlow({ isFull: outlet.isFull, clock }, Number.POSITIVE_INFINITY);
  const stop = new AbortController();
  const send: Outlet['send'] = (frame) => {
    if (!stop.signal.aborted) outlet.send(frame);
  };
  void run({ flow, send, signal: stop.signal }).then(() => {
    if (!stop.signal.aborted) outlet.close('ended');
  });
  return {
    drained: flow.drained,
    end: () => {
      stop.abort();
    },
  };
};
