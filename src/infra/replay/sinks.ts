import type { ReplayedEvent } from '../../domain/replayed.ts';
import type { ReplaySinkContent, ReplayTarget } from './port.ts';

const MOST_SINKS = 16;
const MOST_EVENTS = 1000;
const MOST_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 100;

type Sink = {
  /** By event id, the oldest first. */
  readonly kept: Map<string, { readonly event: ReplayedEvent; readonly size: number }>;
  bytes: number;
  dropped: number;
  /** Its session is worked on. */
  isOpen: boolean;
};

/**
 * Keeps what is replayed to be looked at: the last 1,000 events and at most 4 MiB of each session, of the last 16
 * sessions and of those that are under way, until this process ends.
 */
export const createReplaySinks = () => {
  const sinks = new Map<string, Sink>();
  return {
    open: (sessionId: string): ReplayTarget => {
      const sink = sinks.get(sessionId) ?? { kept: new Map(), bytes: 0, dropped: 0, isOpen: true };
      sink.isOpen = true;
      sinks.delete(sessionId);
      sinks.set(sessionId, sink);
      forgetOldest(sinks);
      return targetInto(sink);
    },
    /** Undefined where this process has none of the session. */
    read: (sessionId: string): ReplaySinkContent | undefined => {
      const sink = sinks.get(sessionId);
      return sink && { items: [...sink.kept.values()].map(({ event }) => event), dropped: sink.dropped };
    },
  };
};
export type ReplaySinks = ReturnType<typeof createReplaySinks>;

const forgetOldest = (sinks: Map<string, Sink>): void => {
  for (const [sessionId, { isOpen }] of sinks) {
    if (sinks.size <= MOST_SINKS) return;
    if (!isOpen) sinks.delete(sessionId);
  }
};

const targetInto = (sink: Sink): ReplayTarget => ({
  kind: 'open',
  most: AT_ONCE,
  deliver: (events) => {
    for (const event of events) keep(sink, event);
    return Promise.resolve({ kind: 'ok' });
  },
  settle: () => Promise.resolve(null),
  close: () => {
    sink.isOpen = false;
    return Promise.resolve();
  },
});

const keep = (sink: Sink, event: ReplayedEvent): void => {
  // Delivered again after a stop: it is there already.
  if (sink.kept.has(event.eventId)) return;
  const size = Buffer.byteLength(JSON.stringify(event));
  sink.kept.set(event.eventId, { event, size });
  sink.bytes += size;
  for (const [eventId, oldest] of sink.kept) {
    if (sink.kept.size <= MOST_EVENTS && sink.bytes <= MOST_BYTES) return;
    sink.kept.delete(eventId);
    sink.bytes -= oldest.size;
    sink.dropped += 1;
  }
};
